"""
Are near-copies across outlets found, in each script, and how fast? A planted set of invented texts, seeded.

Originals are as various as a news stream: titles of two independent clauses put together from lists of words, or from
our own corpus; leads of unrelated sentences. Each may get siblings (one number, date or actor is another) and copies:
an outlet's name, up to 15 % of the characters edited, the lead halved, other quotation marks, or several of these.
Edits leave numbers, dates and actors alone, or it would be another text; a second pair of figures is of edits that
strike these too. What is reported was not developed on: another seed, the other half of the words, of the sentences
and of the corpus. All texts are compared at once, each with all others; seconds are those of one processor.
"""

# ruff: noqa: E501 - the words stand as tables
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from pipeline.dedup.fingerprint import fingerprint
from pipeline.dedup.near import pairs
from tests.bench.figures import Figures, table

MOST_EDITED = 0.15
PER_LANGUAGE = 5000
DEVELOPED, REPORTED = 0, 1  # halves of the words and of the corpus
_SEEDS = (20260301, 77)
_CORPUS = Path(__file__).parents[2] / "models" / "corpus"
_FILES = {"en": "en", "ja": "ja", "ko": "ko", "zh": "zh-Han", "uk": "uk"}
_VALUES = (5, *range(7, 10), 11, 12, 13, 14, *range(16, 97))
_DAYS = _VALUES[: _VALUES.index(29)]
_QUOTES = ("“”", '""', "''", "«»", "「」", "『』", "‘’", "„“")
_QUOTED = re.compile(r"[\"“«„「『‘]([^\"“”«»„「」『』‘’]{2,60})[\"”»“」』’]")
_LEAST, _MOST = 16, 120
_SENTENCE = re.compile(r"(?<=[。])|(?<=[.!?]) ")
_PART = re.compile(r"[,;:，、：；…—　{}] ?")


@dataclass(frozen=True, slots=True)
class Words:
    """A language's invented words, divided by "|". ``{a}`` actor, ``{c}`` its capital, ``{o}`` its office, ``{n}`` number, ``{d}`` date."""

    who: str
    acts: str
    whens: str
    goods: str
    places: str
    leads: str
    joints: Sequence[str]
    actors: Sequence[tuple[str, str, str]]
    numbers: Sequence[str]
    dates: Sequence[str]
    outlets: Sequence[str]
    clause: str = "{who} {act}{when}"


_EN = Words(
    who="port authority|farmers' union|appeals court|weather office|rail operator|opposition leader|auditors|city council|steelmaker|lawyers' guild|rescue crews|teachers|grain traders|shipyard|central bank|museum"
    "|student groups|coast guard|power company|hospital chief|tax office|veterans|film festival|insurers|broadcaster|dockworkers|chip designer|water board|election panel|retired admiral|food agency|hackers|carmaker|monks",
    acts="sends {n} {g} to {p}|weighs {g} for {p}|recalls {n} {g}|halts work on {g}|sues over {n} missing {g}|opens {p} depot for {g}|doubles budget for {g}|rejects plea from {p}|tests {g} in {p}|finds flaws in {n} {g}|signs lease on {g}"
    "|asks {p} to return {g}|auctions {n} {g}|votes down tax on {g}|trains {n} crews in {p}|cuts {n} jobs in {p}|apologises for lost {g}|insures {g} bound for {p}|bans {g} from {p}|hides report on {g}|borrows {n} million for {g}|meets envoys from {p}"
    "|unveils cheaper {g}|inspects {n} depots near {p}|blames {p} for broken {g}|lifts ceiling on {g}|ships {n} tonnes of {g}|appeals ruling on {g}|maps new route from {p}|drops claim to {g}|hires {n} guards in {p}|repairs {g} in {p}|leaves talks on {g}"
    "|“will not give up” {g}|pledges {n} {g}|misses deadline for {g}|moves {n} families from {p}|buys rival maker of {g}|warns of shortage of {g}|praises volunteers in {p}|calls {p} report on {g} “unfounded”|stores {n} {g} near {p}|swaps {g} for credit|denies sale of {n} {g}",
    whens=", officials say| after talks in Geneva| despite protests|, a first| as winter nears|, documents show| under new rules| over court order| on {d}| until {d}| before {d} summit| since {d}| for {n} days| by {d}|, survey finds| for the third time"
    "| without notice|, witnesses say| amid strike| in secret annex| after long delay|, minister admits| at lower price| once more",
    goods="generators|mobile clinics|transformers|mine detectors|fire engines|drone parts|rail wagons|water pumps|satellite terminals|prefabricated bridges|winter coats|barley|radio masts|school desks|gas meters|cranes|icebreakers|vaccine fridges|copper cable|tractors"
    "|patrol boats|archive tapes|solar panels|tyres|sunflower oil|optical sights|laptops|timber|ferries|x-ray units|fertiliser|helmets|blood plasma|battery cells|river barges|seed potatoes|lathes|tents|steel pipes|microscopes",
    places="Odesa|Kharkiv|Sumy|Zaporizhzhia|Kherson|Mykolaiv|Lviv|Poltava|Dnipro|Chernihiv|Izmail|Rivne|Lutsk|Uzhhorod|Busan|Nagoya|Kaohsiung|Incheon|Sapporo|Hualien|Kobe|Daegu|Constanta|Gdansk|Izmir|Almaty|Geneva|Trieste|Varna|Tbilisi",
    leads="The {o} said on {d} that the {g} would be handed over in {p}.|A spokesperson declined to name the supplier.|Deliveries are to begin before winter, according to people who know the plan.|Kyiv had asked for help in spring.|The sum comes from a reserve that the cabinet set aside last year."
    "|“We stand by what we agreed,” an official said.|It would be the third shipment this year, after {g} for a school in {p}.|Moscow called the step unfriendly.|Critics in the ruling camp doubt that the rules allow it.|The talks lasted {n} hours and ended without a statement."
    "|Residents of {p} have been without heating for {n} days.|Engineers will train local crews on site until {d}.",
    joints=("; ", " as ", ", ", " while "),
    actors=(("Japan", "Tokyo", "Japanese foreign ministry"), ("South Korea", "Seoul", "South Korean foreign ministry"),
            ("Taiwan", "Taipei", "Taiwanese foreign ministry"), ("China", "Beijing", "Chinese foreign ministry")),
    numbers=("#", "#", "#0", "#,500", "two", "three", "four", "six", "ten"),
    dates=("Monday", "Tuesday", "Friday", "Sunday", "# May", "# June", "# October", "March #"),
    outlets=("The Eastern Ledger", "Harbour Times", "Daily Compass", "Strait Post", "N7 News", "Peninsula Wire"),
)  # fmt: skip
_JA = Words(
    who="港湾局|農協連合|高裁|気象台|鉄道会社|野党代表|監査院|市議会|製鉄大手|弁護士会|救助隊|教員組合|穀物商社|造船所|中央銀行|博物館|学生団体|海上警備隊|電力会社|病院長|税務署|退役軍人会|映画祭|損保各社|放送局|港湾労組|半導体設計会社|水道局|選管|元提督|食品庁|ハッカー集団|自動車大手|僧侶ら",
    acts="{p}へ{g}{n}を発送|{p}向け{g}を検討|{g}{n}を回収|{g}の開発を中断|{g}{n}の紛失で提訴|{p}に{g}の倉庫を開設|{g}の予算を倍増|{p}の要請を拒否|{p}で{g}を試験|{g}{n}に欠陥|{g}の賃借契約に署名|{p}に{g}の返還を要求|{g}{n}を競売に|{g}課税を否決|{p}で研修、{g}を使用|{p}の工場を閉鎖"
    "|{g}の紛失を謝罪|{p}行きの{g}を補償|{p}で{g}を禁止|{g}の報告書を非公開に|{g}に{n}を借り入れ|{p}の特使と会談|廉価版の{g}を公開|{p}近郊の{g}{n}を点検|{g}の故障で{p}を批判|{g}の上限を撤廃|{g}{n}を船積み|{g}の判決に控訴|{p}発の新航路を調査|{g}の請求を取り下げ|{p}で警備員を募集|{p}で{g}を修理|{g}交渉から離脱|「{g}は譲れない」"
    "|{g}{n}の提供を約束|{g}の期限守れず|{p}の住民を避難|{g}の競合を買収|{g}不足を警告|{p}のボランティアを表彰|「{p}の{g}報道は事実無根」|{p}に{g}{n}を備蓄|{g}と債権を交換|{g}{n}の売却を否定",
    whens="　関係者|　冬前の到着目指す|、反対の声も|　初の試み|　内部文書で判明|、新指針受け|　専門家は懐疑的|＝政府筋|　{d}にも決定|、{d}まで|　{d}の首脳会合前に|、{d}から|　予告なく|　ストの最中|　値下げで対応|、{d}公表|　住民が証言|　再び延期|　秘密条項で|、異例の速さ|　議会は反発|　{d}以降|　調査で判明|　市民は歓迎",
    goods="発電機|移動診療車|変圧器|地雷探知機|消防車|無人機部品|貨車|給水ポンプ|衛星端末|組立橋|防寒着|大麦|無線塔|学習机|ガスメーター|クレーン|砕氷船|ワクチン冷蔵庫|銅線|トラクター|巡視艇|記録テープ|太陽光パネル|タイヤ|ひまわり油|照準器|ノートパソコン|木材|フェリー|レントゲン装置|肥料|ヘルメット|血漿製剤|電池セル|はしけ|種芋|旋盤|テント|鋼管|顕微鏡",
    places="オデーサ|ハルキウ|スーミ|ザポリージャ|ヘルソン|ミコライウ|リビウ|ポルタワ|ドニプロ|チェルニヒウ|イズマイル|リウネ|ルーツク|ウジホロド|釜山|名古屋|高雄|仁川|札幌|花蓮|神戸|大邱|コンスタンツァ|グダニスク|イズミル|アルマトイ|ジュネーブ|トリエステ|ヴァルナ|トビリシ",
    leads="{o}は{d}、{p}に{g}を引き渡すと発表した。|報道官は調達先を明らかにしなかった。|冬を前に輸送を始める方針だと関係者が語った。|ウクライナ側は春から支援を求めていた。|費用は昨年積み立てた予備費から拠出する。|「約束は守る」と高官は述べた。"
    "|今年三回目の輸送で、学校向けの{g}に続く。|モスクワは非友好的な措置だと反発した。|与党内には規則上の疑問を呈する声もある。|協議は{n}に及んだが、声明は出なかった。|{p}の住民は暖房のない生活を続けている。|技術者が{d}まで現地で研修を行う。",
    joints=("　", "、", "　", "＝"),
    actors=(("日本", "東京", "日本外務省"), ("韓国", "ソウル", "韓国外交部"), ("台湾", "台北", "台湾外交部"), ("中国", "北京", "中国外交部")),
    numbers=("#台", "#台", "#万個", "#億円分", "三台", "四台", "六台", "十五台"),
    dates=("5月#日", "6月#日", "10月#日", "月曜日", "火曜日", "金曜日"),
    outlets=("架空日報", "東方通信", "港湾タイムズ", "海峡ポスト", "Ｎ７ニュース", "半島ワイヤ"),
    clause="{who}、{act}{when}",
)  # fmt: skip
_KO = Words(
    who="항만청|농민연합|고등법원|기상대|철도공사|야당 대표|감사원|시의회|제철소|변호사회|구조대|교원노조|곡물상|조선소|중앙은행|박물관|학생단체|해안경비대|전력회사|병원장|세무서|참전용사회|영화제|보험사들|방송국|항운노조|반도체 설계사|상수도국|선관위|퇴역 제독|식품청|해커 조직|자동차 업체|승려들",
    acts="{p}에 {g} {n} 발송|{p}행 {g} 검토|{g} {n} 리콜|{g} 개발 중단|{g} {n} 분실로 소송|{p}에 {g} 창고 열어|{g} 예산 늘려|{p} 요청 거절|{p}서 {g} 시험|{g} {n}서 결함 발견|{g} 임대 계약 서명|{p}에 {g} 반환 요구|{g} {n} 경매 부쳐|{g} 과세안 부결|{p}서 {g} 운용 교육|{p} 공장 문 닫아|{g} 분실 사과|{p}행 {g} 보상 맡아|{p}서 {g} 금지|{g} 보고서 숨겨"
    "|{g} 사려 {n} 빌려|{p} 특사 면담|값싼 {g} 공개|{p} 인근 {g} {n} 점검|{g} 고장 놓고 {p} 탓|{g} 상한 없애|{g} {n} 선적|{g} 판결 항소|{p}발 새 항로 조사|{g} 청구 접어|{p}서 경비원 모집|{p}서 {g} 수리|{g} 협상서 이탈|“{g} 양보 없다”|{g} {n} 제공 약속|{g} 기한 넘겨|{p} 주민 대피|{g} 경쟁사 인수|{g} 부족 경고|{p} 봉사자 표창|“{p} {g} 보도 사실무근”|{p}에 {g} {n} 비축|{g} 대신 채권 받아|{g} {n} 매각 부인",
    whens=" 관계자 밝혀|…겨울 전 도착 목표|, 반대 목소리도| 첫 사례|…내부 문건서 확인| 새 지침 따라| 전문가는 회의적|…야권 반발|…{d} 결정| {d}까지|, {d} 정상회의 앞두고| {d}부터| 예고 없이|, 파업 와중|…값 내려| {d} 공표| 목격자 증언|…다시 미뤄| 비밀 조항에| 이례적 속도|…의회 질타| {d} 이후| 조사서 드러나|, 시민 환영",
    goods="발전기|이동진료차|변압기|지뢰탐지기|소방차|무인기 부품|화물열차|급수펌프|위성단말기|조립교량|방한복|보리|무선탑|책걸상|가스계량기|기중기|쇄빙선|백신 냉장고|구리선|트랙터|순시선|기록 테이프|태양광 패널|타이어|해바라기유|조준경|노트북|목재|여객선|엑스레이 장비|비료|방탄모|혈장|배터리 셀|바지선|씨감자|선반|천막|강관|현미경",
    places="오데사|하르키우|수미|자포리자|헤르손|미콜라이우|르비우|폴타바|드니프로|체르니히우|이즈마일|리우네|루츠크|우즈호로드|부산|나고야|가오슝|인천|삿포로|화롄|고베|대구|콘스탄차|그단스크|이즈미르|알마티|제네바|트리에스테|바르나|트빌리시",
    leads="{o}는 {d} {p}에 {g}를 인도한다고 밝혔다.|대변인은 공급처를 공개하지 않았다.|겨울이 오기 전에 수송을 시작할 방침이라고 관계자가 전했다.|우크라이나는 봄부터 도움을 요청해 왔다.|비용은 지난해 마련한 예비비에서 나온다.|“약속은 지킨다”고 고위 당국자는 말했다."
    "|올해 세 번째 수송으로 학교용 {g}에 이은 것이다.|모스크바는 비우호적 조치라고 반발했다.|여당에서도 규정상 문제를 제기하는 목소리가 있다.|협의는 {n} 규모를 놓고 이어졌으나 성명은 없었다.|{p} 주민들은 난방 없이 지내고 있다.|기술진이 {d}까지 현지에서 교육한다.",
    joints=("…", ", ", " ", " "),
    actors=(("일본", "도쿄", "일본 외무성"), ("한국", "서울", "한국 외교부"), ("대만", "타이베이", "대만 외교부"), ("중국", "베이징", "중국 외교부")),
    numbers=("#대", "#대", "#만개", "#억원어치", "세 대", "네 대", "여섯 대", "열다섯 대"),
    dates=("5월 #일", "6월 #일", "10월 #일", "월요일", "화요일", "금요일"),
    outlets=("가상일보", "동방통신", "항구타임스", "해협포스트", "N7뉴스", "반도와이어"),
    clause="{who}, {act}{when}",
)  # fmt: skip
_ZH = Words(
    who="港務局|農會聯盟|高等法院|氣象局|鐵路公司|在野黨黨魁|審計署|市議會|鋼鐵大廠|律師公會|搜救隊|教師工會|糧商|造船廠|央行|博物館|學生團體|海岸巡防隊|電力公司|醫院院長|稅務局|退役軍人協會|電影節|保險業者|電視台|碼頭工會|晶片設計商|自來水處|選委會|退役海軍上將|食品署|駭客組織|汽車大廠|僧侶",
    acts="向{p}運送{g}{n}|考慮供{p}{g}|召回{g}{n}|中止研發{g}|因{g}{n}遺失提告|在{p}設{g}倉庫|{g}預算倍增|拒絕{p}請求|在{p}測試{g}|發現{g}{n}瑕疵|簽下{g}租約|要求{p}歸還{g}|拍賣{g}{n}|否決{g}課稅案|赴{p}培訓{g}操作員|關閉{p}工廠|為遺失{g}致歉|承保運往{p}的{g}|禁止{g}進入{p}|隱匿{g}報告"
    "|為{g}舉債{n}|會見{p}特使|推出平價{g}|抽查{p}近郊{g}{n}|{g}故障歸咎{p}|取消{g}上限|裝船{g}{n}|就{g}判決上訴|探勘{p}新航線|放棄{g}索賠|在{p}招募警衛|在{p}維修{g}|退出{g}談判|「絕不讓出{g}」|承諾提供{g}{n}|{g}逾期未交|撤離{p}居民|收購{g}對手|警告{g}短缺|表揚{p}志工|「{p}{g}報導純屬捏造」|在{p}囤積{g}{n}|以{g}抵債|否認出售{g}{n}",
    whens=" 知情人士透露| 力拚入冬前抵達| 反對聲浪起| 創首例| 內部文件曝光| 依新規辦理| 學者存疑| 國會將質詢| {d}定案|，{d}截止| {d}峰會前| {d}起| 未事先通知|，罷工期間| 降價因應| {d}公布| 目擊者證實| 再度延後| 密約曝光|，速度罕見| 議員痛批| {d}之後| 調查揭露| 民眾歡迎",
    goods="發電機|行動醫療車|變壓器|探雷器|消防車|無人機零件|貨運車廂|供水泵|衛星終端|組合橋|禦寒衣物|大麥|無線電塔|課桌椅|瓦斯表|起重機|破冰船|疫苗冰箱|銅纜|曳引機|巡邏艇|檔案磁帶|太陽能板|輪胎|葵花油|瞄準鏡|筆記型電腦|木材|渡輪|X光機|肥料|頭盔|血漿|電池芯|駁船|種薯|車床|帳篷|鋼管|顯微鏡",
    places="敖德薩|哈爾科夫|蘇梅|扎波羅熱|赫爾松|尼古拉耶夫|利沃夫|波爾塔瓦|聶伯|切爾尼戈夫|伊茲梅爾|羅夫諾|盧茨克|烏日霍羅德|釜山|名古屋|高雄|仁川|札幌|花蓮|神戶|大邱|康斯坦察|格但斯克|伊茲密爾|阿拉木圖|日內瓦|的里雅斯特|瓦爾納|提比里斯",
    leads="{o}{d}表示，將在{p}移交{g}。|發言人未透露供應商。|知情人士稱，運輸將在入冬前開始。|基輔自春季起便請求協助。|款項出自去年預留的準備金。|官員說：「我們信守承諾。」"
    "|這是今年第三批，上一批是給學校的{g}。|莫斯科稱此舉不友好。|執政陣營內有人質疑規定是否允許。|會談討論{n}規模，未發表聲明。|{p}居民仍無暖氣可用。|技術人員將留在當地培訓至{d}。",
    joints=(" ", "　", "；", "，"),
    actors=(("日本", "東京", "日本外務省"), ("韓國", "首爾", "韓國外交部"), ("台灣", "台北", "台灣外交部"), ("中國", "北京", "中國外交部")),
    numbers=("#台", "#台", "#萬件", "#億元", "三台", "四台", "六台", "十五台"),
    dates=("5月#日", "6月#日", "10月#日", "週一", "週二", "星期五"),
    outlets=("虛構日報", "東方通訊社", "港灣時報", "海峽郵報", "N7新聞", "半島電訊"),
    clause="{who}{act}{when}",
)  # fmt: skip
_UK = Words(
    who="управління порту|спілка фермерів|апеляційний суд|бюро погоди|залізниця|лідер опозиції|аудитори|міськрада|сталевар-гігант|гільдія адвокатів|рятувальники|учителі|зернотрейдери|верф|центробанк|музей|студентські групи|берегова охорона|енергокомпанія|головлікар|податкова|ветерани|кінофестиваль"
    "|страховики|мовник|докери|розробник чипів|водоканал|виборча комісія|відставний адмірал|агентство харчів|хакери|автовиробник|ченці",
    acts="везе {g} до {p}, {n} одиниць|зважує, чи дати {p} {g}|відкликає {g}: {n} штук|зупиняє роботу над {g}|судиться за {g}, зникло {n}|відкриває в {p} склад під {g}|подвоює видатки на {g}|відмовляє місту {p}|випробовує {g} у {p}|знаходить вади, {g} на {n} млн|підписує оренду на {g}|просить {p} повернути {g}"
    "|продає з торгів {g}, {n} лотів|провалює податок на {g}|навчає бригади {p}|закриває цех у {p}|вибачається за втрачені {g}|страхує {g} для {p}|забороняє {g} у {p}|приховує звіт про {g}|позичає {n} млн на {g}|зустрічає послів із {p}|показує дешевші {g}|перевіряє {n} складів біля {p}|винуватить {p} за зламані {g}|знімає стелю на {g}"
    "|відвантажує {n} тонн: {g}|оскаржує рішення про {g}|прокладає шлях із {p}|зрікається позову за {g}|наймає {n} вартових у {p}|лагодить {g} у {p}|полишає переговори про {g}|«не віддасть» {g}|обіцяє {g}, {n} штук|зриває строки на {g}|вивозить {n} родин із {p}|купує суперника, чиї {g}|попереджає: бракує {g}|хвалить волонтерів {p}|каже, що {g} для {p} «вигадка»"
    "|складає {g} біля {p}, {n} ящиків|міняє {g} на кредит|заперечує продаж {g} на {n} млн",
    whens=", кажуть посадовці| після переговорів у Женеві| попри протести|, уперше| напередодні зими|, свідчать документи| за новими правилами|, хоча суд проти|, дата {d}| до {d}| перед самітом {d}| з {d}| на {n} днів| без попередження|, показало опитування| під час страйку"
    "| за таємним додатком|, бачили свідки| за нижчою ціною| після зволікань|, визнав міністр| вкотре|, термін {d}| мовчки",
    goods="генератори|мобільні клініки|трансформатори|міношукачі|пожежні машини|деталі дронів|вагони|водяні помпи|супутникові термінали|збірні мости|зимові куртки|ячмінь|радіощогли|шкільні парти|лічильники газу|крани|криголами|холодильники вакцин|мідний кабель|трактори|патрульні катери|архівні плівки|сонячні панелі"
    "|шини|соняшникова олія|оптичні приціли|ноутбуки|деревина|пороми|рентгени|добрива|шоломи|плазма крові|елементи батарей|річкові баржі|насіннєва картопля|верстати|намети|сталеві труби|мікроскопи",
    places="Одеса|Харків|Суми|Запоріжжя|Херсон|Миколаїв|Львів|Полтава|Дніпро|Чернігів|Ізмаїл|Рівне|Луцьк|Ужгород|Пусан|Нагоя|Гаосюн|Інчхон|Саппоро|Хуалянь|Кобе|Тегу|Констанца|Гданськ|Ізмір|Алмати|Женева|Трієст|Варна|Тбілісі",
    leads="{o} повідомило {d}, що {g} передадуть у {p}.|Речник відмовився назвати постачальника.|Постачання почнуть до зими, кажуть обізнані співрозмовники.|Київ просив про допомогу ще навесні.|Кошти візьмуть із торішнього резерву уряду.|«Ми дотримаємося домовленостей», сказав посадовець."
    "|Це вже третя партія цього року, після вантажу {g} для школи.|Москва назвала крок недружнім.|Критики в правлячому таборі сумніваються, чи дозволяють це правила.|Переговори про {n} одиниць скінчилися без заяви.|Мешканці {p} досі живуть без опалення.|Інженери навчатимуть місцеві бригади, термін до {d}.",
    joints=("; ", ", ", ", а ", ": "),
    actors=(("Японія", "Токіо", "МЗС Японії"), ("Південна Корея", "Сеул", "МЗС Південної Кореї"), ("Тайвань", "Тайбей", "МЗС Тайваню"), ("Китай", "Пекін", "МЗС Китаю")),
    numbers=("#", "#", "#0", "#50", "дві", "три", "чотири", "шість", "десять"),
    dates=("понеділок", "вівторок", "п'ятниця", "неділя", "# травня", "# червня", "# жовтня", "# березня"),
    outlets=("Східний вісник", "Портовий час", "Щоденний компас", "Протока", "Н7 Новини", "Півострів-інформ"),
)  # fmt: skip
LANGUAGES: Mapping[str, Words] = {"en": _EN, "ja": _JA, "ko": _KO, "zh": _ZH, "uk": _UK}


@dataclass(frozen=True, slots=True)
class Planted:
    """A text of the planted set; texts with the same ``original`` are copies of one another."""

    lang: str
    original: str
    title: str
    lead: str
    how: str = ""


def planted(part: int, per_language: int = PER_LANGUAGE, *, anywhere: bool = False) -> list[Planted]:
    """Return a part of the set, shuffled. Each language has its own stream of chance, so that one more changes none."""
    every = [text for lang in LANGUAGES for text in _of(lang, part, per_language, anywhere)]
    random.Random(_SEEDS[part]).shuffle(every)
    return every


def _of(lang: str, part: int, number: int, anywhere: bool) -> list[Planted]:
    chance = random.Random(f"{_SEEDS[part]} {lang}")
    texts: list[Planted] = []
    edits = _Edits(lang, part, chance, anywhere)
    for family in _families(lang, part, chance):
        for one in family:
            texts += [one, *(_copy(one, chance, edits) for _ in range(chance.choice((0, 0, 1, 1, 2, 3))))]
        if len(texts) >= number:
            break
    return texts[:number]


def _families(lang: str, part: int, chance: random.Random) -> Iterator[list[Planted]]:
    """Yield a text with its siblings, from the corpus as long as it lasts and from the words in turn."""
    words, corpus, stream = LANGUAGES[lang], _corpus(lang, part), _Stream(lang, part, chance)
    for number in range(100_000):
        texts = _changed(corpus.pop(), words, chance) if number % 2 and corpus else stream.family()
        yield [Planted(lang, f"{lang}{number}.{i}", *text) for i, text in enumerate(dict.fromkeys(texts))]


class _Stream:
    """Puts titles and leads together from the words of one part."""

    def __init__(self, lang: str, part: int, chance: random.Random) -> None:
        self._words, self._chance = LANGUAGES[lang], chance
        names = ("who", "acts", "whens", "goods", "places", "leads")
        self._half: dict[str, list[str]] = {name: getattr(self._words, name).split("|")[part::2] for name in names}
        corpus = _corpus(lang, part)
        parts = [said for text in corpus for whole in text for said in _PART.split(whole.rstrip("。.")) if said]
        self._said = [said for said in parts if _LEAST <= len(said.encode()) <= _MOST]
        self._half["leads"] += [said for _, lead in corpus for said in _SENTENCE.split(lead) if said]
        self._joint = "" if lang in {"ja", "zh"} else " "

    def family(self) -> list[tuple[str, str]]:
        """Return a text, and up to three that differ in one number, date or actor of the title."""
        chance = self._chance
        first = self._clause() if chance.random() < 0.5 else self._crossed()
        title = first + chance.choice(self._words.joints) + self._crossed()
        lead = self._joint.join(chance.sample(self._half["leads"], chance.randrange(6)))
        slots = {name: chance.choice(choices) for name, choices in _choices(self._words).items()}
        slots |= dict(zip("aco", chance.choice(self._words.actors), strict=True))
        slots |= {"g": self._one("goods"), "p": self._one("places")}
        variants = [slots, *_others(slots, self._words, title, chance)]
        texts = [(title.format(**v), lead.format(**v)) for v in variants]
        return texts if len(texts) > 1 else _changed(texts[0], self._words, chance)

    def _crossed(self) -> str:
        """Return the first half of a part of a sentence with the second half of another."""
        one, other = self._chance.sample(self._said, 2)
        if self._joint:
            words, others = one.split(), other.split()
            return " ".join(words[: len(words) // 2] + others[len(others) // 2 :])
        return one[: len(one) // 2] + other[len(other) // 2 :]

    def _clause(self) -> str:
        who = self._one("who") if self._chance.random() < 0.5 else self._chance.choice(("{a}", "{c}", "{o}"))
        act = self._one("acts").replace("{g}", self._one("goods")).replace("{p}", self._one("places"))
        when = self._chance.choice(("", self._one("whens")))
        if "{n}" in act and "{n}" in when:
            when = ""
        return self._words.clause.format(who=who, act=act, when=when)

    def _one(self, name: str) -> str:
        return self._chance.choice(self._half[name])


def _choices(words: Words) -> dict[str, Sequence[str]]:
    """Return what a slot may hold; ``#`` is any of some numbers, none of which is spelled out elsewhere."""
    return {"n": _filled(words.numbers, _VALUES), "d": _filled(words.dates, _DAYS)}


def _filled(forms: Sequence[str], values: Sequence[int]) -> list[str]:
    return [form.replace("#", str(number)) for form in forms for number in (values if "#" in form else (0,))]


def _others(slots: Mapping[str, str], words: Words, title: str, chance: random.Random) -> Iterator[dict[str, str]]:
    """Yield siblings that differ in one number, date or actor of the title."""
    for name in "nd":
        if f"{{{name}}}" in title and chance.random() < 0.6:
            yield {**slots, name: chance.choice([w for w in _choices(words)[name] if w != slots[name]])}
    if re.search("{[aco]}", title) and chance.random() < 0.6:
        other = chance.choice([a for a in words.actors if a[0] != slots["a"]])
        yield {**slots, **dict(zip("aco", other, strict=True))}


def _corpus(lang: str, part: int) -> list[tuple[str, str]]:
    """Return a half of our own invented texts; the last in the list is the first to be used."""
    paths = sorted(path for path in _CORPUS.glob("*.jsonl") if path.name.startswith(_FILES[lang]))
    rows = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]
    return [(row["title"], row["lead"]) for row in rows[part::2] if row["title"]]


def _changed(text: tuple[str, str], words: Words, chance: random.Random) -> list[tuple[str, str]]:
    """Return a corpus text, and siblings with another number and another actor if its title has one."""
    title, lead = text
    texts = [text]
    if number := re.search(r"(?<![A-Za-z\d])\d+", title):
        other = str(chance.choice([n for n in range(2, 99) if str(n) != number.group()]))
        texts.append((title[: number.start()] + other + title[number.end() :], lead))
    for mine in words.actors:
        for i in (0, 1):
            if mine[i] in title:
                other = chance.choice([a[i] for a in words.actors if a[i] != mine[i] and a[i] not in title])
                return [*texts, (title.replace(mine[i], other), lead.replace(mine[i], other))]
    return texts


class _Edits:
    """Changes up to 15 % of a text's characters, in one of three manners."""

    def __init__(self, lang: str, part: int, chance: random.Random, anywhere: bool) -> None:
        words, self._chance = LANGUAGES[lang], chance
        names = {name for actor in words.actors for name in (*actor, *actor[2].split())}
        said = {re.sub(r"[#\d]+", "", word).strip(" ,.") for word in (*words.numbers, *words.dates)} | names
        spared = "|".join(map(re.escape, sorted((word for word in said if word), key=len, reverse=True)))
        bounds = r"\b" if lang in {"en", "uk"} else ""
        self._spared = re.compile(r"(?!)" if anywhere else rf"\d+(?:[.,]\d+)*|{bounds}(?:{spared}){bounds}")
        texts = [title for title, _ in _corpus(lang, part)]
        self._letters = sorted({c for text in texts for c in text if c.isalpha() and (lang == "en" or ord(c) > 0x2FF)})
        self._words = sorted({word for text in texts for word in re.findall(r"[^\W\d_]+", self._spared.sub(" ", text))})

    def __call__(self, text: str, rate: float, manner: str) -> str:
        free = set(range(len(text))) - {i for found in self._spared.finditer(text) for i in range(*found.span())}
        number = int(len(text) * rate)
        if manner == "words":
            return self._run(text, number, free)
        chance, letters = self._chance, self._letters
        places = set(chance.sample(sorted(free), min(number, len(free))))
        if manner == "letters":
            return "".join(chance.choice(letters) if i in places else c for i, c in enumerate(text))
        return "".join(
            chance.choice((chance.choice(letters), "", c + chance.choice(letters))) if i in places else c
            for i, c in enumerate(text)
        )

    def _run(self, text: str, length: int, free: set[int]) -> str:
        """Replace one run by other words of its length."""
        starts = [i for i in range(len(text) - length + 1) if free.issuperset(range(i, i + length))]
        if length < 2 or not starts:
            return text
        start, other = self._chance.choice(starts), ""
        while len(other) < length:
            other += (" " if " " in text and other else "") + self._chance.choice(self._words)
        return text[:start] + other[:length] + text[start + length :]


def _copy(one: Planted, chance: random.Random, edits: _Edits) -> Planted:
    """Return a copy, changed in one to four ways."""
    ways = chance.sample(("edited", "halved", "outlet", "quotes"), chance.choice((1, 1, 2, 3, 4)))
    title, lead = one.title, one.lead
    if "edited" in ways:
        manner, rate = chance.choice(("words", "letters", "mixed")), chance.uniform(0.02, MOST_EDITED)
        title, lead = edits(title, rate, manner), edits(lead, rate, manner)
        ways.append(manner)
    if "halved" in ways:
        lead = lead[: len(lead) // 2]
    if "quotes" in ways:
        marks = chance.choice(_QUOTES)
        title, lead = (_QUOTED.sub(rf"{marks[0]}\1{marks[1]}", text) for text in (title, lead))
    if "outlet" in ways:
        form = chance.choice(("{} - {}", "{} | {}", "{}｜{}", "{} — {}"))
        title = form.format(title, chance.choice(LANGUAGES[one.lang].outlets))
    return replace(one, title=title, lead=lead, how="+".join(ways))


def matched(texts: Sequence[Planted]) -> tuple[set[tuple[int, int]], float]:
    """Pass all texts at once; return the pairs called copies and the processor's seconds."""
    started = time.process_time()
    found = set(pairs([fingerprint(text.title, text.lead) for text in texts]))
    return found, time.process_time() - started


def measure(part: int = REPORTED) -> Figures:
    texts = planted(part)
    found, seconds = matched(texts)
    rows = _rows(texts, found)
    struck = planted(part, anywhere=True)
    for row, other in zip(rows, _rows(struck, matched(struck)[0]), strict=True):
        row |= {"recall, facts edited too": other["recall"], "precision, facts edited too": other["precision"]}
    return {
        "texts": len(texts),
        "near_duplicate_texts_per_s": round(len(texts) / seconds),
        "near_duplicate_recall": min(row["recall"] for row in rows),
        "near_duplicate_precision": min(row["precision"] for row in rows),
        "languages": rows,
    }


def _rows(texts: Sequence[Planted], found: set[tuple[int, int]]) -> list[Figures]:
    members: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        members.setdefault(text.original, []).append(number)
    true = {pair for numbers in members.values() for pair in combinations(numbers, 2)}
    count = Counter(
        (lang, pair in found, pair in true) for pair in found | true for lang in {texts[number].lang for number in pair}
    )
    return [
        {
            "language": lang,
            "texts": sum(text.lang == lang for text in texts),
            "copies": (right := count[lang, True, True]) + (missed := count[lang, False, True]),
            "missed": missed,
            "wrong": (wrong := count[lang, True, False]),
            "recall": round(right / max(1, right + missed), 4),
            "precision": round(right / max(1, right + wrong), 4),
        }
        for lang in LANGUAGES
    ]


def show(figures: Figures) -> str:
    speed = f"{figures['near_duplicate_texts_per_s']} of {figures['texts']} texts a second, on one core"
    edited = "facts edited too: edits strike numbers, dates and actors as well"
    return f"{table(list(figures['languages'][0]), figures['languages'])}\n\n{speed}; {edited}"

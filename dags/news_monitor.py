"""Every ten minutes: poll the feeds, shard by shard, then dedup, classify by several workers, detect, alert."""

from datetime import timedelta

from airflow.sdk import Asset, CronTriggerTimetable, dag, task

from pipeline.connections import tell_slack

SHARDS = 4
TAGGERS = 2
SHIFTS = Asset(name="stancewatch_shifts", uri="stancewatch://shifts")


@dag(
    dag_id="news_monitor",
    # the last argument: a new deployment polls at once, not at the next full ten minutes
    schedule=CronTriggerTimetable("*/10 * * * *", timezone="UTC", run_immediately=True),
    max_active_runs=1,
    catchup=False,
    dagrun_timeout=timedelta(minutes=30),
    default_args={"retries": 2, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(minutes=5)},
    on_failure_callback=tell_slack,
    doc_md=__doc__,
    tags=["stancewatch"],
)
def news_monitor() -> None:
    """Poll >> dedup >> classify >> detect >> alert; other DAGs may be scheduled on `SHIFTS`."""

    @task(on_failure_callback=tell_slack)  # the run goes on without this shard and may end well
    def poll(shard: int) -> dict[str, int]:
        from pipeline import bootstrap, flows

        return flows.poll(bootstrap.services(), shard, SHARDS)

    @task
    def dedup() -> dict[str, int]:
        from pipeline import bootstrap, flows

        return flows.dedup(bootstrap.services())

    @task
    def classify(_worker: int) -> dict[str, int]:  # each takes what no other has taken
        from pipeline import bootstrap, flows

        return flows.classify(bootstrap.services())

    @task(outlets=[SHIFTS])
    def detect() -> dict[str, int]:
        from pipeline import bootstrap, flows

        return flows.detect(bootstrap.services())

    @task
    def alert() -> dict[str, int]:
        from pipeline import bootstrap, flows

        return flows.alert(bootstrap.services())

    # a shard that failed stays due; the rest of the feeds go on
    (
        poll.expand(shard=list(range(SHARDS)))
        >> dedup.override(trigger_rule="all_done")()
        >> classify.expand(_worker=list(range(TAGGERS)))
        >> detect()
        >> alert()
    )


news_monitor()

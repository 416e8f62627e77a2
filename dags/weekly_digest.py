"""
Drafts for the desk on Friday 16:00 and Sunday 18:00 in Kyiv, the issue on Monday 08:00, once for every reader.

Every hour: what a server put off, what was approved late, corrections of what proved wrong.
"""

from datetime import timedelta

from airflow.sdk import MultipleCronTriggerTimetable, dag, task

from pipeline.connections import mail_server, tell_slack

DRAFTS, ISSUE, REST = ("0 16 * * 5", "0 18 * * 0"), "0 8 * * 1", "20 * * * *"


@dag(
    dag_id="weekly_digest",
    # without the last argument the first start would send one at once
    schedule=MultipleCronTriggerTimetable(*DRAFTS, ISSUE, REST, timezone="Europe/Kyiv", run_immediately=timedelta(0)),
    max_active_runs=1,
    catchup=False,
    dagrun_timeout=timedelta(hours=1),
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5), "execution_timeout": timedelta(minutes=15)},
    on_failure_callback=tell_slack,
    doc_md=__doc__,
    tags=["stancewatch"],
)
def weekly_digest() -> None:
    """Write what is due and send it to whoever has not had it."""

    @task
    def digest() -> dict[str, int]:
        from pipeline import bootstrap, flows

        return flows.digest(bootstrap.services(mail=mail_server()))

    digest()


weekly_digest()

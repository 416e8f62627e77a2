"""Every Monday at 08:00 in Kyiv: last week's digest, once for every recipient."""

from datetime import timedelta

from airflow.providers.slack.notifications.slack import SlackNotifier
from airflow.sdk import CronTriggerTimetable, dag, task


@dag(
    dag_id="weekly_digest",
    schedule=CronTriggerTimetable("0 8 * * 1", timezone="Europe/Kyiv"),
    max_active_runs=1,
    catchup=False,
    dagrun_timeout=timedelta(hours=1),
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5), "execution_timeout": timedelta(minutes=15)},
    on_failure_callback=SlackNotifier(
        slack_conn_id="slack_default", channel="#stancewatch-ops", text="weekly_digest failed: {{ dag_run.run_id }}"
    ),
    doc_md=__doc__,
    tags=["stancewatch"],
)
def weekly_digest() -> None:
    """Write it and send it to whoever has not had it."""

    @task
    def digest() -> dict[str, int]:
        from pipeline import bootstrap, flows

        return flows.digest(bootstrap.services())

    digest()


weekly_digest()

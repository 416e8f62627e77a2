"""Every night: delete what feeds' terms allow no longer to be kept, report the feeds' health."""

from datetime import timedelta

from airflow.providers.slack.notifications.slack import SlackNotifier
from airflow.sdk import CronTriggerTimetable, dag, task


@dag(
    dag_id="housekeeping",
    schedule=CronTriggerTimetable("30 3 * * *", timezone="Europe/Kyiv"),
    max_active_runs=1,
    catchup=False,
    dagrun_timeout=timedelta(hours=1),
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5), "execution_timeout": timedelta(minutes=30)},
    on_failure_callback=SlackNotifier(
        slack_conn_id="slack_default", channel="#stancewatch-ops", text="housekeeping failed: {{ dag_run.run_id }}"
    ),
    doc_md=__doc__,
    tags=["stancewatch"],
)
def housekeeping() -> None:
    """Retention and the feed health report."""

    @task(task_id="housekeeping")
    def keep_house() -> dict[str, int]:
        from pipeline import bootstrap, flows

        return flows.housekeeping(bootstrap.services())

    keep_house()


housekeeping()

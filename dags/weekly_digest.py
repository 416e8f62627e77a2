"""Every Monday at 08:00 in Kyiv: last week's digest, once for every recipient."""

from datetime import timedelta

from airflow.sdk import Context, CronTriggerTimetable, dag, task


def tell_slack(context: Context) -> None:
    """Say on Slack what failed. Imported here: at every parse of this file it would cost half a second."""
    from airflow.providers.slack.notifications.slack import SlackNotifier

    text = "{{ dag.dag_id }} failed ({{ reason if reason is defined else task.task_id }}): {{ run_id }}"
    SlackNotifier(slack_conn_id="slack_default", channel="#stancewatch-ops", text=text)(context)


@dag(
    dag_id="weekly_digest",
    # without the last argument the first start on a Monday would send one at once
    schedule=CronTriggerTimetable("0 8 * * 1", timezone="Europe/Kyiv", run_immediately=timedelta(0)),
    max_active_runs=1,
    catchup=False,
    dagrun_timeout=timedelta(hours=1),
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5), "execution_timeout": timedelta(minutes=15)},
    on_failure_callback=tell_slack,
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

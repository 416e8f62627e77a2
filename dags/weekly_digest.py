"""
Drafts for the desk on Friday 16:00 and Sunday 18:00 in Kyiv, the issue on Monday 08:00, once for every reader.

Every hour: what a server put off, what was approved late, corrections of what proved wrong.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import Context, MultipleCronTriggerTimetable, dag, task

DRAFTS, ISSUE, REST = ("0 16 * * 5", "0 18 * * 0"), "0 8 * * 1", "20 * * * *"


def tell_slack(context: Context) -> None:
    """Say on Slack what failed. Imported here: at every parse of this file it would cost half a second."""
    from airflow.providers.slack.notifications.slack import SlackNotifier

    text = "{{ dag.dag_id }} failed ({{ reason if reason is defined else task.task_id }}): {{ run_id }}"
    SlackNotifier(slack_conn_id="slack_default", channel="#stancewatch-ops", text=text)(context)


def mail_server() -> Any:  # noqa: ANN401 - Airflow's connections come in several classes
    """Return Airflow's own mail connection; None where there is none, and the environment's settings hold."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get("smtp_default")
    except AirflowNotFoundException:
        return None


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

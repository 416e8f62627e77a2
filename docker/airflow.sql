-- Run once, by the PostgreSQL image, when the volume is new: Airflow's database beside ours.
CREATE DATABASE airflow;

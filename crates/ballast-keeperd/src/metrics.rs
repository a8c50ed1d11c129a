//! Every metric by name. `grafana/ballast-keeper.json` draws them, and a test checks that the two agree.

use ballast_keeper::score::Score;
use ballast_keeper::status::EngineStatus;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;

/// The type of a metric.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    Counter,
    Gauge,
    Histogram,
}

use Shape::{Counter, Gauge, Histogram};

/// Name, shape and help text.
pub const ALL: [(&str, Shape, &str); 34] = [
    (SOURCE_SLOT, Gauge, "The newest slot that the source has delivered"),
    (CLUSTER_SLOT, Gauge, "The newest slot that any configured node has seen"),
    (LAG, Gauge, "How many slots the source is behind the cluster"),
    (EVENTS, Counter, "Events taken in, by kind"),
    (LOSSES, Counter, "Times that the source was lost"),
    (QUEUE, Gauge, "Events waiting for the engine"),
    (STEP, Histogram, "Seconds that one turn of the engine takes"),
    (NODE_REQUESTS, Counter, "Requests to nodes, by method and outcome"),
    (NODE_SECONDS, Histogram, "Seconds that a node takes to answer, by method"),
    (SENT, Counter, "Transactions handed to the sinks, by kind"),
    (WITHHELD, Counter, "Transactions not sent, by reason"),
    (SINK_FAILURES, Counter, "Transactions that a sink refused, by sink"),
    (OUTCOMES, Counter, "Transactions that have ended, by kind and outcome"),
    (REVERTS, Counter, "Reverted transactions, by the program's error code"),
    (LANDING, Histogram, "Slots from sending to landing"),
    (IN_FLIGHT, Gauge, "Transactions in flight"),
    (JOURNAL_SECONDS, Histogram, "Seconds until a journal entry is on disk"),
    (BALANCE, Gauge, "Lamports of the keeper's key"),
    (FEE, Gauge, "Micro-lamports that others recently paid per compute unit"),
    (ALERTS, Counter, "Alerts delivered, by channel"),
    (ALERT_FAILURES, Counter, "Failed attempts to deliver an alert, by channel"),
    (ALERTS_DROPPED, Counter, "Alerts given up after all tries, or dropped from a full queue, by channel"),
    (LOADED, Gauge, "1 if the market is loaded, so that the keeper may send"),
    (OBLIGATIONS, Gauge, "Obligations known"),
    (UNPRICED, Gauge, "Reserves without a price that may be used"),
    (BELOW, Gauge, "Obligations below their lines"),
    (LOOKED_AT, Gauge, "Candidates of the last step"),
    (SKIPS, Gauge, "Obligations below their lines that the keeper leaves alone, by reason"),
    (TARGETS, Gauge, "Targets, by state"),
    (REFUSED, Gauge, "Accounts refused since the start, by reason"),
    (INDEX_BUILDS, Gauge, "Times that the index was built since the start"),
    (RELOADS, Counter, "Times that everything was loaded again"),
    (
        SCORE,
        Gauge,
        "Liquidations since the start compared with this keeper's decisions: ahead, late, missed, idle, and slots ahead",
    ),
    (HEARD_SECONDS, Gauge, "Seconds since the last event of the source"),
];

const SOURCE_SLOT: &str = "ballast_keeper_source_slot";
const CLUSTER_SLOT: &str = "ballast_keeper_cluster_slot";
const LAG: &str = "ballast_keeper_source_lag_slots";
const EVENTS: &str = "ballast_keeper_events_total";
const LOSSES: &str = "ballast_keeper_source_losses_total";
const QUEUE: &str = "ballast_keeper_queue_depth_events";
const STEP: &str = "ballast_keeper_step_seconds";
const NODE_REQUESTS: &str = "ballast_keeper_node_requests_total";
const NODE_SECONDS: &str = "ballast_keeper_node_request_seconds";
const SENT: &str = "ballast_keeper_sent_total";
const WITHHELD: &str = "ballast_keeper_withheld_total";
const SINK_FAILURES: &str = "ballast_keeper_sink_failures_total";
const OUTCOMES: &str = "ballast_keeper_outcomes_total";
const REVERTS: &str = "ballast_keeper_reverts_total";
const LANDING: &str = "ballast_keeper_landing_slots";
const IN_FLIGHT: &str = "ballast_keeper_in_flight";
const JOURNAL_SECONDS: &str = "ballast_keeper_journal_seconds";
const BALANCE: &str = "ballast_keeper_balance_lamports";
const FEE: &str = "ballast_keeper_fee_micro_lamports";
const ALERTS: &str = "ballast_keeper_alerts_delivered_total";
const ALERT_FAILURES: &str = "ballast_keeper_alert_failures_total";
const ALERTS_DROPPED: &str = "ballast_keeper_alerts_dropped_total";
const LOADED: &str = "ballast_keeper_loaded";
const OBLIGATIONS: &str = "ballast_keeper_obligations";
const UNPRICED: &str = "ballast_keeper_reserves_unpriced";
const BELOW: &str = "ballast_keeper_below_line";
const LOOKED_AT: &str = "ballast_keeper_looked_at";
const SKIPS: &str = "ballast_keeper_skips";
const TARGETS: &str = "ballast_keeper_targets";
const REFUSED: &str = "ballast_keeper_accounts_refused";
const INDEX_BUILDS: &str = "ballast_keeper_index_builds";
const RELOADS: &str = "ballast_keeper_reloads_total";
const SCORE: &str = "ballast_keeper_score";
const HEARD_SECONDS: &str = "ballast_keeper_source_heard_seconds";

const SECONDS: [f64; 12] = [0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0];
const SLOTS: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 150.0];

/// Installs the recorder, once per process.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Full(LANDING.to_owned()), &SLOTS)?
        .install_recorder()?;
    for (name, shape, text) in ALL {
        match shape {
            Counter => metrics::describe_counter!(name, text),
            Gauge => metrics::describe_gauge!(name, text),
            Histogram => metrics::describe_histogram!(name, text),
        }
    }
    Ok(handle)
}

pub fn source(slot: u64, cluster_slot: u64, heard: Duration) {
    metrics::gauge!(SOURCE_SLOT).set(slot as f64);
    metrics::gauge!(CLUSTER_SLOT).set(cluster_slot as f64);
    metrics::gauge!(LAG).set(cluster_slot.saturating_sub(slot) as f64);
    metrics::gauge!(HEARD_SECONDS).set(heard.as_secs_f64());
}

pub fn event(kind: &'static str) {
    metrics::counter!(EVENTS, "kind" => kind).increment(1);
}

pub fn source_lost() {
    metrics::counter!(LOSSES).increment(1);
}

pub fn reload() {
    metrics::counter!(RELOADS).increment(1);
}

pub fn step(took: Duration, queued: usize) {
    metrics::histogram!(STEP).record(took);
    metrics::gauge!(QUEUE).set(queued as f64);
}

pub fn node_request(method: &'static str, outcome: &'static str, took: Duration) {
    metrics::counter!(NODE_REQUESTS, "method" => method, "outcome" => outcome).increment(1);
    metrics::histogram!(NODE_SECONDS, "method" => method).record(took);
}

pub fn sent(kind: &'static str) {
    metrics::counter!(SENT, "kind" => kind).increment(1);
}

pub fn withheld(reason: &'static str) {
    metrics::counter!(WITHHELD, "reason" => reason).increment(1);
}

pub fn sink_failed(sink: &str) {
    metrics::counter!(SINK_FAILURES, "sink" => sink.to_owned()).increment(1);
}

pub fn outcome(kind: &'static str, outcome: &'static str) {
    metrics::counter!(OUTCOMES, "kind" => kind, "outcome" => outcome).increment(1);
}

pub fn reverted(code: u32) {
    metrics::counter!(REVERTS, "code" => code.to_string()).increment(1);
}

pub fn landed_after(slots: u64) {
    metrics::histogram!(LANDING).record(slots as f64);
}

pub fn in_flight(count: usize) {
    metrics::gauge!(IN_FLIGHT).set(count as f64);
}

pub fn journal(took: Duration) {
    metrics::histogram!(JOURNAL_SECONDS).record(took);
}

pub fn balance(lamports: u64) {
    metrics::gauge!(BALANCE).set(lamports as f64);
}

pub fn fee(micro_lamports: u64) {
    metrics::gauge!(FEE).set(micro_lamports as f64);
}

pub fn alert_delivered(channel: &str) {
    metrics::counter!(ALERTS, "channel" => channel.to_owned()).increment(1);
}

pub fn alert_failed(channel: &str) {
    metrics::counter!(ALERT_FAILURES, "channel" => channel.to_owned()).increment(1);
}

pub fn alert_dropped(channel: &str) {
    metrics::counter!(ALERTS_DROPPED, "channel" => channel.to_owned()).increment(1);
}

/// Sets the gauges of the engine. `before` is the status of the last call: labels that only it has are set to 0.
pub fn engine(status: &EngineStatus, before: &EngineStatus) {
    metrics::gauge!(LOADED).set(f64::from(u8::from(status.is_loaded)));
    metrics::gauge!(OBLIGATIONS).set(status.obligations as f64);
    metrics::gauge!(UNPRICED).set(status.unpriced as f64);
    metrics::gauge!(BELOW).set(status.below as f64);
    metrics::gauge!(LOOKED_AT).set(status.looked_at as f64);
    metrics::gauge!(INDEX_BUILDS).set(status.index_builds as f64);
    for (name, counts, before) in [(SKIPS, &status.skips, &before.skips), (TARGETS, &status.targets, &before.targets)] {
        for label in counts.keys().chain(before.keys()) {
            metrics::gauge!(name, "what" => *label).set(counts.get(label).copied().unwrap_or_default() as f64);
        }
    }
    for (reason, count) in &status.refused {
        metrics::gauge!(REFUSED, "what" => *reason).set(*count as f64);
    }
}

pub fn score(score: &Score) {
    let Score { ahead, late, missed, idle, slots_ahead, .. } = score;
    let counts = [("ahead", ahead), ("late", late), ("missed", missed), ("idle", idle), ("slots_ahead", slots_ahead)];
    for (what, count) in counts {
        metrics::gauge!(SCORE, "what" => what).set(*count as f64);
    }
}

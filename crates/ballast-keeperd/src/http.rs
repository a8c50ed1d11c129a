//! Serves `/metrics` for Prometheus, and `/healthz` and `/readyz` for a process manager.

use crate::health::DaemonHealth;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;

pub fn router(health: Arc<DaemonHealth>, metrics: PrometheusHandle) -> Router {
    let ready = health.clone();
    Router::new()
        .route("/metrics", get(async move || metrics.render()))
        .route("/healthz", get(async move || answer(health.alive())))
        .route("/readyz", get(async move || answer(ready.ready())))
}

fn answer(state: Result<(), String>) -> (StatusCode, String) {
    match state {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}

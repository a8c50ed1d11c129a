//! The daemon with nodes, block engines and mail servers on this machine, which fail on demand.

mod alerts;
mod bank;
mod drills;
mod faults_alerts;
mod faults_node;
mod faults_router;
mod keeper;
mod modes;
mod node;
mod router;
mod shown;
mod sinks;
mod source;
mod yellowstone;

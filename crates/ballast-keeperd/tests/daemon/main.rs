//! The daemon against nodes, block engines and mail servers of this machine, which fail as they are told to.

mod alerts;
mod bank;
mod drills;
mod keeper;
mod modes;
mod node;
mod router;
mod shown;
mod sinks;
mod source;
mod yellowstone;

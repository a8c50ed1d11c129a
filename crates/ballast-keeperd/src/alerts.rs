//! Sends notices to the subscribers of the configuration, each about an owner's obligations or about one obligation. A
//! dead channel does not delay the others: each has its own queue, and an alert that does not fit is dropped and
//! counted.

pub mod discord;
pub mod email;
pub mod telegram;
pub mod threshold;
pub mod webhook;

use crate::backoff::Backoff;
use crate::config::Subscriber;
use crate::metrics;
use anchor_lang::prelude::Address;
use async_trait::async_trait;
use ballast_keeper::event::{HealthLine, Notice};
use reqwest::StatusCode;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};
use threshold::{Threshold, ThresholdCrossing};
use tokio::sync::mpsc;

const QUEUE: usize = 256;
const TRIES: usize = 5;
const PATIENCE: Duration = Duration::from_secs(10);

/// What a subscriber reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    pub line: &'static str,
    /// Base 58.
    pub obligation: String,
    pub owner: Option<String>,
    pub health_bps: u64,
    /// The market's slot in which this became true.
    pub slot: u64,
    /// What happened, how far, and what to do.
    pub text: String,
}

/// Why a message was not delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryFailure {
    /// A later try may succeed.
    #[error("{0}")]
    Passing(String),
    /// The token or the address is wrong, so no later try succeeds.
    #[error("{0}; check the channel's configuration")]
    Lasting(String),
}

#[async_trait]
pub trait Channel: Send + Sync {
    async fn deliver(&self, message: &Message) -> Result<(), DeliveryFailure>;
}

/// The subscribers, and a queue for each channel.
#[derive(Default)]
pub struct Alerts {
    subscribers: Vec<Subscribed>,
    queues: BTreeMap<String, mpsc::Sender<Message>>,
}

struct Subscribed {
    subscriber: Subscriber,
    subject: Address,
    threshold: Option<Threshold>,
    /// About the protocol's lines, and about their own.
    last: LastAlerts,
    last_own: LastAlerts,
}

/// The time of the last alert, by obligation and line.
#[derive(Default)]
struct LastAlerts(HashMap<(Address, HealthLine), Instant>);

impl Alerts {
    /// Starts one task for each channel.
    pub fn start(subscribers: &[Subscriber], channels: BTreeMap<String, Box<dyn Channel>>) -> Self {
        let subscribed = subscribers.iter().filter_map(|subscriber| {
            let subject = subscriber.subject()?.parse().ok()?;
            let threshold = subscriber.below_bps.map(|below| Threshold::new(below, subscriber.hysteresis_bps));
            Some(Subscribed {
                subscriber: subscriber.clone(),
                subject,
                threshold,
                last: LastAlerts::default(),
                last_own: LastAlerts::default(),
            })
        });
        let queues = channels.into_iter().map(|(name, channel)| {
            let (queue, messages) = mpsc::channel(QUEUE);
            tokio::spawn(deliver(name.clone(), channel, messages));
            (name, queue)
        });
        Self { subscribers: subscribed.collect(), queues: queues.collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.subscribers.is_empty()
    }

    /// Queues a notice of the engine for its subscribers.
    pub fn send(&mut self, notice: &Notice, now: Instant) {
        let message = Message {
            line: name(notice.line),
            obligation: bs58::encode(notice.obligation).into_string(),
            owner: Some(bs58::encode(notice.owner).into_string()),
            health_bps: notice.health_bps,
            slot: notice.slot,
            text: words(notice),
        };
        for subscribed in &mut self.subscribers {
            let concerned = [notice.owner, notice.obligation].contains(&subscribed.subject);
            if concerned && subscribed.subscriber.lines.contains(&notice.line) {
                let cooldown = subscribed.cooldown();
                if subscribed.last.is_due(notice.obligation, notice.line, cooldown, now) {
                    queue(&self.queues, &subscribed.subscriber, &message);
                }
            }
        }
    }

    /// Compares the health of obligations with the subscribers' own lines. `of_owner` and `health_bps` are the
    /// engine's.
    pub fn compare(
        &mut self,
        (slot, now): (u64, Instant),
        of_owner: impl Fn(&Address) -> Vec<Address>,
        health_bps: impl Fn(&Address) -> Option<u64>,
    ) {
        for subscribed in &mut self.subscribers {
            let is_owner = subscribed.subscriber.owner.is_some();
            let obligations = if is_owner { of_owner(&subscribed.subject) } else { vec![subscribed.subject] };
            for obligation in obligations {
                let Some(health_bps) = health_bps(&obligation) else { continue };
                let crossing = subscribed.threshold.as_mut().and_then(|line| line.cross(obligation, health_bps));
                let Some(crossing) = crossing else { continue };
                let line = match crossing {
                    ThresholdCrossing::Below => HealthLine::Warning,
                    ThresholdCrossing::Above => HealthLine::Recovered,
                };
                let cooldown = subscribed.cooldown();
                if subscribed.last_own.is_due(obligation, line, cooldown, now) {
                    let below_bps = subscribed.subscriber.below_bps.unwrap_or_default();
                    let message = own_line((slot, obligation, health_bps), crossing, below_bps);
                    queue(&self.queues, &subscribed.subscriber, &message);
                }
            }
        }
    }
}

impl Subscribed {
    fn cooldown(&self) -> Duration {
        Duration::from_secs(self.subscriber.cooldown_secs)
    }
}

impl LastAlerts {
    /// Returns whether the last alert about the same line is long enough ago. An alert about a liquidation is always
    /// due.
    fn is_due(&mut self, obligation: Address, line: HealthLine, cooldown: Duration, now: Instant) -> bool {
        let last = self.0.get(&(obligation, line));
        let due = line == HealthLine::Liquidated || last.is_none_or(|last| now.duration_since(*last) >= cooldown);
        if due {
            self.0.insert((obligation, line), now);
        }
        // A subscriber who has read of a recovery must read of the next fall immediately.
        if due && line == HealthLine::Recovered {
            for worse in [HealthLine::Warning, HealthLine::Call, HealthLine::Liquidatable] {
                self.0.remove(&(obligation, worse));
            }
        }
        due
    }
}

fn queue(queues: &BTreeMap<String, mpsc::Sender<Message>>, subscriber: &Subscriber, message: &Message) {
    for (name, queue) in queues.iter().filter(|(name, _)| subscriber.channels.contains(name)) {
        if queue.try_send(message.clone()).is_err() {
            metrics::alert_dropped(name);
            tracing::warn!(channel = name, obligation = message.obligation, "an alert was dropped: the queue is full");
        }
    }
}

async fn deliver(name: String, channel: Box<dyn Channel>, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.recv().await {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        let mut delivered = false;
        for _ in 0..TRIES {
            let answer = tokio::time::timeout(PATIENCE, channel.deliver(&message)).await;
            let failure = match answer {
                Ok(Ok(())) => {
                    delivered = true;
                    break;
                }
                Ok(Err(failure)) => failure,
                Err(_) => DeliveryFailure::Passing(format!("no answer within {} s", PATIENCE.as_secs())),
            };
            metrics::alert_failed(&name);
            tracing::warn!(channel = name, error = %failure, "an alert was not delivered");
            if matches!(failure, DeliveryFailure::Lasting(_)) {
                break;
            }
            tokio::time::sleep(backoff.next(None)).await;
        }
        if delivered { metrics::alert_delivered(&name) } else { metrics::alert_dropped(&name) }
    }
}

/// Sends a request, and returns how the service failed.
async fn accepted(request: reqwest::RequestBuilder) -> Result<(), DeliveryFailure> {
    let response = request.send().await.map_err(|error| DeliveryFailure::Passing(crate::node::reason(error)))?;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    Err(if passing {
        DeliveryFailure::Passing(status.to_string())
    } else {
        DeliveryFailure::Lasting(status.to_string())
    })
}

fn name(line: HealthLine) -> &'static str {
    match line {
        HealthLine::Recovered => "recovered",
        HealthLine::Warning => "warning",
        HealthLine::Call => "call",
        HealthLine::Liquidatable => "liquidatable",
        HealthLine::Liquidated => "liquidated",
    }
}

fn words(notice: &Notice) -> String {
    let (obligation, health) = (bs58::encode(notice.obligation).into_string(), health(notice.health_bps));
    match notice.line {
        HealthLine::Recovered => format!("Obligation {obligation} is above its warning line again: health {health}."),
        HealthLine::Warning => format!(
            "Obligation {obligation} is below its warning line: health {health}. Below 1 it gets a margin call. Repay or add collateral."
        ),
        HealthLine::Call => format!(
            "Obligation {obligation} is below the call line: health {health}. Repay or add collateral within the cure window, or it will \
             be liquidated."
        ),
        HealthLine::Liquidatable => format!(
            "Obligation {obligation} can be liquidated now: health {health}. Repay or add collateral immediately to keep what is left."
        ),
        HealthLine::Liquidated => format!(
            "Obligation {obligation} has been liquidated: health {health} now. Check what is left, and repay or add collateral."
        ),
    }
}

fn own_line(
    (slot, obligation, health_bps): (u64, Address, u64),
    crossing: ThresholdCrossing,
    below_bps: u64,
) -> Message {
    let obligation = bs58::encode(obligation).into_string();
    let (own, now) = (health(below_bps), health(health_bps));
    let (line, text) = match crossing {
        ThresholdCrossing::Below => (
            HealthLine::Warning,
            format!(
                "Obligation {obligation} is below your line of {own}: health {now}. Repay or add collateral to raise it."
            ),
        ),
        ThresholdCrossing::Above => {
            (HealthLine::Recovered, format!("Obligation {obligation} is above your line of {own} again: health {now}."))
        }
    };
    Message { line: name(line), obligation, owner: None, health_bps, slot, text }
}

/// Returns basis points as a factor.
fn health(bps: u64) -> String {
    format!("{}.{:04}", bps / 10_000, bps % 10_000)
}

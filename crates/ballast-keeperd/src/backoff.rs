//! How long to wait after a failure: longer each time, out of step with other clients, and at least as long as the node
//! asks for.

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use std::time::Duration;

pub struct Backoff {
    builder: ExponentialBuilder,
    waits: ExponentialBackoff,
}

impl Backoff {
    pub fn new(least: Duration, most: Duration) -> Self {
        let builder =
            ExponentialBuilder::new().with_min_delay(least).with_max_delay(most).with_jitter().without_max_times();
        Self { builder, waits: builder.build() }
    }

    /// Records a success: the next failure is the first again.
    pub fn reset(&mut self) {
        self.waits = self.builder.build();
    }

    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        let wait = self.waits.next().unwrap_or_default();
        asked.map_or(wait, |asked| wait.max(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_limit_and_start_again_after_a_reset() {
        let (least, most) = (Duration::from_millis(100), Duration::from_secs(5));
        let mut backoff = Backoff::new(least, most);
        let waits: Vec<_> = (0..20).map(|_| backoff.next(None)).collect();
        assert!(waits[0] >= least && waits[0] < 3 * least, "{waits:?}");
        assert!(waits[19] >= most && waits[19] <= 2 * most, "{waits:?}");
        assert_eq!(backoff.next(Some(Duration::from_secs(60))), Duration::from_secs(60));
        backoff.reset();
        assert!(backoff.next(None) < 3 * least);
    }
}

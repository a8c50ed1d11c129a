//! Measures times, and prints them.

use std::fs;
use std::ops::Add;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

pub fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}

/// How long something took, and how long this thread computed. The second figure excludes other processes, but not
/// their use of the caches.
#[derive(Clone, Copy, Default)]
pub struct Took {
    pub passed: Duration,
    pub processor: Duration,
}

impl Add for Took {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, processor: self.processor + other.processor }
    }
}

pub fn clocked<T>(work: impl FnOnce() -> T) -> (Took, T) {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("it runs forward");
    let before = now();
    let (passed, result) = timed(work);
    (Took { passed, processor: now() - before }, result)
}

pub fn report_both(what: &str, remark: &str, times: &[Took]) {
    report(what, remark, &mut times.iter().map(|took| took.passed).collect::<Vec<_>>());
    report("", "the same, of the processor", &mut times.iter().map(|took| took.processor).collect::<Vec<_>>());
}

pub fn report(what: &str, remark: &str, times: &mut [Duration]) {
    if times.is_empty() {
        return;
    }
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e6;
    println!(
        "{what:<14} p50 {:.1} us, p99 {:.1} us, least {:.1} us, longest {:.1} us of {} ({remark})",
        at(0.5),
        at(0.99),
        at(0.0),
        at(1.0),
        times.len()
    );
}

/// A line of /proc/self/status, in MB of a million bytes.
pub fn resident(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(field)).and_then(|line| line.split_whitespace().nth(1));
    line.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1_024 / 1_000_000
}

/// What all threads of this process have computed so far, in seconds; to the hundredth.
pub fn processor_secs() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name in parentheses, the 12th and 13th field: user and system time in ticks of 10 ms.
    let fields = stat.rsplit(") ").next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

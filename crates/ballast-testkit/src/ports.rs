//! Ports for servers that tests start.

use std::net::TcpListener;
use std::ops::Range;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range from which systems take ports for outgoing connections, so that no connection takes a port before
/// its server does.
const RANGE: Range<u16> = 10_000..32_000;

/// Returns different ports on which nobody listens, and never the same port twice in a process. Processes start at
/// different ports.
pub fn free_ports<const N: usize>() -> [u16; N] {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = process::id().wrapping_mul(97);
    [(); N].map(|()| {
        let candidates = (0..RANGE.len()).map(|_| {
            let next = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
            let offset = start.wrapping_add(next) as usize % RANGE.len();
            RANGE.start + offset as u16
        });
        let free = |port: &u16| ["127.0.0.1", "0.0.0.0"].iter().all(|host| TcpListener::bind((*host, *port)).is_ok());
        candidates.into_iter().find(free).expect("a free port between 10,000 and 32,000")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_different_and_free() {
        let [first, second] = free_ports::<2>();
        assert_ne!(first, second);
        let taken = TcpListener::bind(("127.0.0.1", second)).expect("a free port");
        assert!(!free_ports::<4>().contains(&taken.local_addr().expect("an address").port()));
    }
}

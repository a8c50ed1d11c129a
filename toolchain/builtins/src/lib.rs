//! What LLVM calls when a program multiplies or divides 128-bit numbers: the VM has 64-bit registers only. And how it compares
//! memory ([`compare`]).
//!
//! The arithmetic is in [`wide`], which also compiles on the host: `cargo test` here checks it against native u128.
//! The functions below only give it the names and the calling convention that LLVM expects. LLVM 23 wants the 128
//! bits back in two registers; rustc 1.96 would hand them over through memory, except in the `unadjusted` convention.
#![cfg_attr(target_arch = "bpf", no_std)]
#![cfg_attr(target_arch = "bpf", feature(abi_unadjusted, asm_experimental_arch), allow(internal_features))]

pub mod compare;
pub mod wide;

#[cfg(target_arch = "bpf")]
mod symbols {
    use crate::wide;

    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
        // SAFETY: what `memcmp` asks is what `compare` asks.
        unsafe { crate::compare::compare(a, b, n) }
    }

    #[unsafe(no_mangle)]
    extern "unadjusted" fn __multi3(a: u128, b: u128) -> u128 {
        wide::mul(a, b)
    }

    #[unsafe(no_mangle)]
    extern "unadjusted" fn __udivti3(n: u128, d: u128) -> u128 {
        // SAFETY: LLVM promises what `div` asks.
        unsafe { wide::div(n, d) }
    }

    #[unsafe(no_mangle)]
    extern "unadjusted" fn __umodti3(n: u128, d: u128) -> u128 {
        // SAFETY: as above.
        unsafe { wide::rem(n, d) }
    }

    #[unsafe(no_mangle)]
    extern "unadjusted" fn __divti3(n: i128, d: i128) -> i128 {
        wide::signed_div(n, d)
    }

    #[unsafe(no_mangle)]
    extern "unadjusted" fn __modti3(n: i128, d: i128) -> i128 {
        wide::signed_rem(n, d)
    }
}

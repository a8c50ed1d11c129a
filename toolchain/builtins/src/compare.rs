//! Comparing memory word by word. Programs compare addresses and discriminators, of 32 and 8 bytes, and mostly ask for equality alone:
//! written so that LLVM, where it inlines this, sees that unequal words never give 0 and keeps nothing but the four comparisons.

/// The sign of the first difference, as `memcmp` returns it.
///
/// # Safety
///
/// `n` bytes can be read at both.
#[inline(always)]
pub unsafe fn compare(a: *const u8, b: *const u8, n: usize) -> i32 {
    let mut at = 0;
    while at + 8 <= n {
        // SAFETY: `at + 8 <= n`.
        let (x, y) = unsafe { (word(a.add(at)), word(b.add(at))) };
        if x != y {
            return sign(x.swap_bytes() < y.swap_bytes());
        }
        at += 8;
    }
    while at < n {
        // SAFETY: `at < n`.
        let (x, y) = unsafe { (*a.add(at), *b.add(at)) };
        if x != y {
            return sign(x < y);
        }
        at += 1;
    }
    0
}

#[inline(always)]
fn sign(less: bool) -> i32 {
    if less { -1 } else { 1 }
}

/// # Safety
///
/// Eight bytes can be read there; the VM does not ask for alignment.
#[inline(always)]
unsafe fn word(at: *const u8) -> u64 {
    // SAFETY: promised by the caller.
    unsafe { at.cast::<u64>().read_unaligned() }
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn is_the_order_of_slices() {
        for len in 0..40 {
            let a: Vec<u8> = (0..len).collect();
            for at in 0..usize::from(len) {
                let mut b = a.clone();
                b[at] = b[at].wrapping_add(200);
                // SAFETY: both have `len` bytes.
                let (forth, back) =
                    unsafe { (compare(a.as_ptr(), b.as_ptr(), len.into()), compare(b.as_ptr(), a.as_ptr(), len.into())) };
                assert_eq!(forth, a.cmp(&b) as i32);
                assert_eq!(back, b.cmp(&a) as i32);
            }
            // SAFETY: as above.
            assert_eq!(unsafe { compare(a.as_ptr(), a.clone().as_ptr(), len.into()) }, 0);
        }
    }
}

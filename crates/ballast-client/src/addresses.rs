//! Addresses. The address of an obligation follows from its market, its owner and a number:
//!
//! ```
//! use ballast_client::addresses;
//!
//! let creator = ballast::ID; // the key that opened the market
//! let config = addresses::config_address(&creator);
//! let owner = addresses::SPL_TOKEN;
//! let first = addresses::obligation_address(&config, &owner, 0);
//! assert_ne!(first, addresses::obligation_address(&config, &owner, 1));
//! ```

use anchor_lang::prelude::Address;

pub use ballast::ID as PROGRAM;
pub use ballast::oracle::feed_address;
pub use ballast::seeds::{
    change_address, config_address, obligation_address, reserve_address, vault_address, voucher_address,
};
pub use ballast::token::{SPL_TOKEN, TOKEN_2022};

pub const SYSTEM: Address = Address::from_str_const("11111111111111111111111111111111");
/// The sysvar with the transaction's instructions.
pub const INSTRUCTIONS: Address = Address::from_str_const("Sysvar1nstructions1111111111111111111111111");
/// The sysvar with the chain's slot and time.
pub const CLOCK: Address = Address::from_str_const("SysvarC1ock11111111111111111111111111111111");

//! Turns instructions into a transaction to sign: version 0, with lookup tables, and with the lowest compute unit limit
//! that works.
//!
//! ```
//! use ballast_client::transaction::{Envelope, PACKET};
//! # use ballast_client::instructions::refresh;
//! # let [payer, reserve] = [1, 2].map(|byte| anchor_lang::prelude::Address::new_from_array([byte; 32]));
//!
//! let envelope = Envelope { payer, micro_lamports_per_unit: 10_000, tables: &[] };
//! let message = envelope.message(&[refresh(&reserve, None)], 30_000, Default::default())?;
//! assert!(ballast_client::transaction::size(&message) < PACKET);
//! # Ok::<(), ballast_client::transaction::Unsendable>(())
//! ```

use crate::accounts::Undecodable;
use crate::chain::{Chain, Simulation};
use crate::instructions::Instruction;
use crate::refusal::TransactionRefusal;
use anchor_lang::prelude::Address;
use solana_account::Account;
use solana_address_lookup_table_interface::state::AddressLookupTable;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
use solana_message::{AddressLookupTableAccount, CompileError, VersionedMessage, v0};
use solana_transaction::versioned::VersionedTransaction;

/// The most bytes of a transaction that validators forward.
pub const PACKET: usize = 1_232;
/// The most compute units that a transaction may request.
const MAX_UNITS: u32 = 1_400_000;
/// The least lamports that a wallet must keep: the rent exemption of an account without data.
pub const LEAST_BALANCE: u64 = 890_880;

/// What a transaction has besides its instructions.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    pub payer: Address,
    /// The priority fee. The payer pays it for the limit and not for the units used, so [`Envelope::prepare`] sets a
    /// tight limit.
    pub micro_lamports_per_unit: u64,
    /// Lookup tables. An obligation with many positions needs them to fit into one transaction.
    pub tables: &'a [AddressLookupTableAccount],
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum Unsendable {
    #[error("the instructions do not fit into a message: {0}")]
    Compile(#[from] CompileError),
    #[error("the transaction has {bytes} of at most {PACKET} bytes; name lookup tables, or send fewer instructions")]
    TooLarge { bytes: usize },
}

#[derive(Debug, thiserror::Error)]
pub enum PrepareError<E: std::error::Error> {
    #[error("the node did not answer: {0}")]
    Chain(E),
    #[error(transparent)]
    Unsendable(#[from] Unsendable),
    /// The transaction would fail. Nothing was sent, so it costs nothing.
    #[error(transparent)]
    Refused(TransactionRefusal),
    /// The payer cannot pay the priority fee. Validators would drop the transaction silently.
    #[error(
        "{payer} cannot pay the priority fee of {fee} lamports: it would have {left} and must keep {LEAST_BALANCE}"
    )]
    Unpaid { payer: Address, fee: u64, left: u64 },
}

/// A transaction that has succeeded in a simulation.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The message to sign.
    pub message: VersionedMessage,
    /// The accounts at the watched addresses after the transaction, in their order.
    pub accounts: Vec<Option<Account>>,
}

impl Envelope<'_> {
    /// Simulates once. The simulation gives the compute unit limit (with a twentieth added), the reason of a failure,
    /// whether the payer can pay, and the watched accounts after the transaction.
    pub fn prepare<C: Chain>(
        &self,
        chain: &C,
        instructions: &[Instruction],
        watched: &[Address],
    ) -> Result<Prepared, PrepareError<C::Error>> {
        let blockhash = chain.latest_blockhash().map_err(PrepareError::Chain)?;
        // Without a priority fee: the payer need not own the fee for the largest limit.
        let widest = Self { micro_lamports_per_unit: 0, ..*self }.message(instructions, MAX_UNITS, blockhash)?;
        let widest = unsigned(widest);
        let simulation = chain.simulate(&widest, &[watched, &[self.payer]].concat()).map_err(PrepareError::Chain)?;
        let Simulation { result, compute_units, logs, mut accounts } = simulation;
        result.map_err(|error| PrepareError::Refused(TransactionRefusal::new(&error, &logs)))?;
        let limit = u32::try_from(compute_units + compute_units.div_ceil(20)).unwrap_or(MAX_UNITS).min(MAX_UNITS);
        // The payer is the last of the requested addresses.
        let payer = accounts.pop().flatten();
        let left = payer.map_or(0, |payer| payer.lamports);
        let fee = priority_lamports(self.micro_lamports_per_unit, limit);
        // Without a fee, the simulation itself has checked the balance.
        if fee > 0 && left < fee.saturating_add(LEAST_BALANCE) {
            return Err(PrepareError::Unpaid { payer: self.payer, fee, left });
        }
        Ok(Prepared { message: self.message(instructions, limit, blockhash)?, accounts })
    }

    /// Compiles the message to sign, with a limit of `units` compute units. Refuses a transaction above [`PACKET`].
    pub fn message(
        &self,
        instructions: &[Instruction],
        units: u32,
        blockhash: Hash,
    ) -> Result<VersionedMessage, Unsendable> {
        let budget = [
            ComputeBudgetInstruction::set_compute_unit_limit(units),
            ComputeBudgetInstruction::set_compute_unit_price(self.micro_lamports_per_unit),
        ];
        let all = [&budget, instructions].concat();
        let message = VersionedMessage::V0(v0::Message::try_compile(&self.payer, &all, self.tables, blockhash)?);
        let bytes = size(&message);
        if bytes > PACKET { Err(Unsendable::TooLarge { bytes }) } else { Ok(message) }
    }
}

/// Returns the priority fee in lamports for a compute unit limit, rounded up as the network does.
pub fn priority_lamports(micro_lamports_per_unit: u64, limit: u32) -> u64 {
    let lamports = (u128::from(micro_lamports_per_unit) * u128::from(limit)).div_ceil(1_000_000);
    u64::try_from(lamports).unwrap_or(u64::MAX)
}

/// Returns the accounts that the instructions write, each once. A priority fee competes for these accounts.
pub fn written(instructions: &[Instruction]) -> Vec<Address> {
    let accounts = instructions.iter().flat_map(|instruction| &instruction.accounts);
    let mut written: Vec<_> = accounts.filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect();
    written.sort_unstable();
    written.dedup();
    written
}

/// Returns the size of the transaction in bytes: a count, the signatures, the message.
pub fn size(message: &VersionedMessage) -> usize {
    1 + 64 * usize::from(message.header().num_required_signatures) + message.serialize().len()
}

/// Makes a transaction with empty signatures, for a simulation.
pub fn unsigned(message: VersionedMessage) -> VersionedTransaction {
    let signatures = vec![Default::default(); message.header().num_required_signatures.into()];
    VersionedTransaction { signatures, message }
}

/// Decodes a lookup table for an [`Envelope`].
pub fn lookup_table(key: Address, account: &Account) -> Result<AddressLookupTableAccount, Undecodable> {
    let wrong = Undecodable::Kind { expected: "lookup table" };
    let table = AddressLookupTable::deserialize(&account.data).map_err(|_| wrong)?;
    Ok(AddressLookupTableAccount { key, addresses: table.addresses.into_owned() })
}

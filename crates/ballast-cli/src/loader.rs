//! Accounts of the upgradeable loader: programs, and the buffers that hold their bytes before a deployment. A buffer's
//! address follows from the bytes and from the signer, so an interrupted deployment continues where it stopped and
//! needs no other key.

use crate::answer::CommandError;
use crate::signing::{Signing, WalletSigner};
use crate::transaction::TransactionDraft;
use anchor_lang::prelude::Address;
use ballast_client::Chain;
use ballast_client::instructions::Instruction;
use ballast_client::send;
use ballast_client::transaction::{Envelope, PACKET, size};
use sha2::{Digest, Sha256};
use solana_account::Account;
use solana_loader_v3_interface::get_program_data_address;
use solana_loader_v3_interface::instruction::{create_buffer, write};
use solana_loader_v3_interface::state::UpgradeableLoaderState as State;
use solana_rpc_client::rpc_client::RpcClient;
use solana_system_interface::instruction::create_account_with_seed;
use solana_transaction::versioned::VersionedTransaction;
use std::time::Duration;

const LOADER: Address = Address::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");
/// The compute unit limit of a transaction that writes one chunk, which makes three built-in calls.
const WRITE_UNITS: u32 = 5_000;
/// How many transactions are submitted in parallel.
const PARALLEL: usize = 8;
/// The time between two looks at what has landed.
pub const ROUND: Duration = Duration::from_secs(2);
/// The rounds without progress after which the upload gives up.
const MAX_IDLE_ROUNDS: usize = 15;

/// A program on the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedProgram {
    pub slot: u64,
    /// None if nobody can upgrade it.
    pub authority: Option<Address>,
    /// With the zeros behind the program. An upgrade may fill them without an extension.
    pub bytes: Vec<u8>,
}

impl DeployedProgram {
    /// Returns the bytes without the zeros at the end, which may or may not belong to the program.
    pub fn trimmed(&self) -> &[u8] {
        let end = self.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        &self.bytes[..end]
    }

    /// Whether this is the program of the file.
    pub fn matches(&self, elf: &[u8]) -> bool {
        self.bytes.strip_prefix(elf).is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
    }
}

pub fn read(node: &RpcClient, program: &Address) -> Result<Option<DeployedProgram>, CommandError> {
    let Some(found) = account(node, program)? else { return Ok(None) };
    let foreign = || CommandError::NotFound(format!("{program} is not a program of the upgradeable loader"));
    if found.owner != LOADER {
        return Err(foreign());
    }
    let data = account(node, &get_program_data_address(program))?.ok_or_else(foreign)?;
    let State::ProgramData { slot, upgrade_authority_address } =
        wincode::deserialize(&data.data).map_err(|_| foreign())?
    else {
        return Err(foreign());
    };
    let bytes = data.data.get(State::size_of_programdata_metadata()..).unwrap_or_default().to_vec();
    Ok(Some(DeployedProgram { slot, authority: upgrade_authority_address, bytes }))
}

/// The account that holds the bytes before a deployment.
pub struct Buffer {
    pub address: Address,
    seed: String,
}

impl Buffer {
    pub fn new(signer: &Address, elf: &[u8]) -> Result<Self, CommandError> {
        let seed = sha256(elf)[..32].to_owned();
        let address = Address::create_with_seed(signer, &seed, &LOADER).map_err(CommandError::node)?;
        Ok(Self { address, seed })
    }

    /// Writes the missing chunks until the buffer is complete, and returns how many were missing at first. A
    /// transaction may be lost, so this reads the buffer after each round.
    pub fn fill(
        &self,
        node: &RpcClient,
        signing: &Signing,
        signer: &WalletSigner,
        elf: &[u8],
    ) -> Result<usize, CommandError> {
        if account(node, &self.address)?.is_none() {
            let create = TransactionDraft::new(
                format!("create the buffer {}", self.address),
                self.create(node, signer, elf.len())?,
            );
            create.perform(node, signing, signer)?;
        }
        let chunk = self.chunk(signer)?;
        let (mut first, mut last, mut idle_rounds) = (None, usize::MAX, 0);
        loop {
            let missing = self.missing(node, elf, chunk)?;
            let all = *first.get_or_insert(missing.len());
            if missing.is_empty() {
                return Ok(all);
            }
            let chunks = elf.len().div_ceil(chunk);
            eprintln!("{} of {chunks} chunks are written", chunks - missing.len());
            idle_rounds = if missing.len() < last { 0 } else { idle_rounds + 1 };
            if idle_rounds > MAX_IDLE_ROUNDS {
                let message = format!("{} chunks of the program have not landed", missing.len());
                let hint = "run the command again, perhaps with a higher --priority-fee; it continues where it stopped";
                return Err(CommandError::Unsettled(message, hint));
            }
            last = missing.len();
            self.submit(node, signing, signer, elf, &missing)?;
            std::thread::sleep(ROUND);
        }
    }

    pub fn authority(&self, node: &RpcClient) -> Result<Option<Address>, CommandError> {
        let data = account(node, &self.address)?.map(|account| account.data).unwrap_or_default();
        match wincode::deserialize(&data) {
            Ok(State::Buffer { authority_address }) => Ok(authority_address),
            _ => Err(CommandError::NotFound(format!("{} is not a buffer", self.address))),
        }
    }

    fn create(&self, node: &RpcClient, signer: &WalletSigner, len: usize) -> Result<Vec<Instruction>, CommandError> {
        let (who, space) = (&signer.address, State::size_of_buffer(len));
        let rent = rent(node, space)?;
        // The first of the two instructions creates an account that has a key. This buffer's address comes from a seed.
        let mut instructions = create_buffer(who, &self.address, who, rent, len).map_err(CommandError::node)?;
        let with_seed = create_account_with_seed(who, &self.address, who, &self.seed, rent, space as u64, &LOADER);
        instructions.splice(..1, [with_seed]);
        Ok(instructions)
    }

    /// Returns how many bytes of the program fit into one transaction.
    fn chunk(&self, signer: &WalletSigner) -> Result<usize, CommandError> {
        /// The bytes by which two encoded lengths grow with the content.
        const LENGTHS: usize = 2;
        let envelope = Envelope { payer: signer.address, micro_lamports_per_unit: u64::MAX, tables: &[] };
        let empty = write(&self.address, &signer.address, 0, Vec::new());
        let message = envelope.message(&[empty], WRITE_UNITS, Default::default())?;
        Ok(PACKET - size(&message) - LENGTHS)
    }

    /// Returns the ranges that the buffer does not hold yet.
    fn missing(&self, node: &RpcClient, elf: &[u8], chunk: usize) -> Result<Vec<(usize, usize)>, CommandError> {
        let held = account(node, &self.address)?.map(|account| account.data).unwrap_or_default();
        let held = held.get(State::size_of_buffer_metadata()..).unwrap_or_default();
        let parts = (0..elf.len()).step_by(chunk).map(|from| (from, (from + chunk).min(elf.len())));
        Ok(parts.filter(|(from, to)| held.get(*from..*to) != elf.get(*from..*to)).collect())
    }

    fn submit(
        &self,
        node: &RpcClient,
        signing: &Signing,
        signer: &WalletSigner,
        elf: &[u8],
        parts: &[(usize, usize)],
    ) -> Result<(), CommandError> {
        let fee = signing.priority_fee.map_or_else(|| send::recent_priority_fee(node, &[self.address]), Ok);
        let fee = fee.map_err(CommandError::node)?;
        let envelope = Envelope { payer: signer.address, micro_lamports_per_unit: fee, tables: &[] };
        let blockhash = node.latest_blockhash().map_err(CommandError::node)?;
        let mut signed = Vec::new();
        for (from, to) in parts {
            let offset = u32::try_from(*from).unwrap_or(u32::MAX);
            let write = write(&self.address, &signer.address, offset, elf[*from..*to].to_vec());
            let message = envelope.message(&[write], WRITE_UNITS, blockhash)?;
            signed.push(VersionedTransaction::try_new(message, &[signer.key()?]).map_err(CommandError::node)?);
        }
        for some in signed.chunks(PARALLEL) {
            // The next round submits again what the node does not take now.
            std::thread::scope(|scope| some.iter().for_each(|one| drop(scope.spawn(|| send::submit(node, one)))));
        }
        Ok(())
    }
}

fn account(node: &RpcClient, address: &Address) -> Result<Option<Account>, CommandError> {
    let accounts = node.accounts(&[*address]).map_err(CommandError::node)?;
    // An account that only holds lamports does not count, because anybody may send some.
    Ok(accounts.into_iter().flatten().next().filter(|account| !account.data.is_empty()))
}

pub fn rent(node: &RpcClient, bytes: usize) -> Result<u64, CommandError> {
    node.get_minimum_balance_for_rent_exemption(bytes).map_err(CommandError::node)
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

//! What the upgradeable loader keeps: programs, and the buffers in which their bytes wait. A buffer's address follows from the bytes and
//! from the signer, so that an interrupted deployment goes on where it was and needs no other key.

use crate::act::Act;
use crate::answer::Failure;
use crate::signing::{Signer, Signing};
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
/// Of a transaction that writes one chunk: three built-in calls.
const WRITE_UNITS: u32 = 5_000;
const AT_ONCE: usize = 8;
/// Between two looks at what has landed.
pub const ROUND: Duration = Duration::from_secs(2);
/// Rounds without progress after which somebody should have a look.
const FRUITLESS: usize = 15;

/// A program that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    pub slot: u64,
    /// None: nobody can upgrade it.
    pub authority: Option<Address>,
    /// Zeros behind the program included: what an upgrade may grow to.
    pub bytes: Vec<u8>,
}

impl Present {
    /// Without the zeros at the end, of which nobody can tell whether they are the program's.
    pub fn trimmed(&self) -> &[u8] {
        let end = self.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        &self.bytes[..end]
    }

    pub fn is(&self, elf: &[u8]) -> bool {
        self.bytes.strip_prefix(elf).is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
    }
}

pub fn read(node: &RpcClient, program: &Address) -> Result<Option<Present>, Failure> {
    let Some(found) = account(node, program)? else { return Ok(None) };
    let foreign = || Failure::NotFound(format!("{program} is no program of the upgradeable loader"));
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
    Ok(Some(Present { slot, authority: upgrade_authority_address, bytes }))
}

/// Where the bytes wait that a deployment takes.
pub struct Buffer {
    pub address: Address,
    seed: String,
}

impl Buffer {
    pub fn new(signer: &Address, elf: &[u8]) -> Result<Self, Failure> {
        let seed = sha256(elf)[..32].to_owned();
        let address = Address::create_with_seed(signer, &seed, &LOADER).map_err(Failure::chain)?;
        Ok(Self { address, seed })
    }

    /// Writes what is not there yet, until all is. Single transactions may be lost: what counts is what the buffer holds.
    pub fn fill(&self, node: &RpcClient, signing: &Signing, signer: &Signer, elf: &[u8]) -> Result<usize, Failure> {
        if account(node, &self.address)?.is_none() {
            let create = Act::new(format!("create the buffer {}", self.address), self.create(node, signer, elf.len())?);
            create.perform(node, signing, signer)?;
        }
        let chunk = self.chunk(signer)?;
        let (mut first, mut last, mut fruitless) = (None, usize::MAX, 0);
        loop {
            let missing = self.missing(node, elf, chunk)?;
            let all = *first.get_or_insert(missing.len());
            if missing.is_empty() {
                return Ok(all);
            }
            eprintln!(
                "{} of {} chunks are written",
                elf.len().div_ceil(chunk) - missing.len(),
                elf.len().div_ceil(chunk)
            );
            fruitless = if missing.len() < last { 0 } else { fruitless + 1 };
            if fruitless > FRUITLESS {
                let said = format!("{} chunks of the program do not land", missing.len());
                return Err(Failure::Unsettled(
                    said,
                    "run it again, perhaps with a higher --priority-fee: it goes on here",
                ));
            }
            last = missing.len();
            self.submit(node, signing, signer, elf, &missing)?;
            std::thread::sleep(ROUND);
        }
    }

    pub fn authority(&self, node: &RpcClient) -> Result<Option<Address>, Failure> {
        let data = account(node, &self.address)?.map(|account| account.data).unwrap_or_default();
        match wincode::deserialize(&data) {
            Ok(State::Buffer { authority_address }) => Ok(authority_address),
            _ => Err(Failure::NotFound(format!("{} is no buffer", self.address))),
        }
    }

    fn create(&self, node: &RpcClient, signer: &Signer, len: usize) -> Result<Vec<Instruction>, Failure> {
        let (who, space) = (&signer.address, State::size_of_buffer(len));
        let rent = rent(node, space)?;
        // Of the loader's two, the first makes an account that has a key.
        let mut instructions = create_buffer(who, &self.address, who, rent, len).map_err(Failure::chain)?;
        let with_seed = create_account_with_seed(who, &self.address, who, &self.seed, rent, space as u64, &LOADER);
        instructions.splice(..1, [with_seed]);
        Ok(instructions)
    }

    /// How much of a program fits a transaction beside all else.
    fn chunk(&self, signer: &Signer) -> Result<usize, Failure> {
        /// By which two lengths grow when there is something in between.
        const LENGTHS: usize = 2;
        let envelope = Envelope { payer: signer.address, micro_lamports_per_unit: u64::MAX, tables: &[] };
        let empty = write(&self.address, &signer.address, 0, Vec::new());
        let message = envelope.message(&[empty], WRITE_UNITS, Default::default())?;
        Ok(PACKET - size(&message) - LENGTHS)
    }

    /// The parts that the buffer does not hold yet.
    fn missing(&self, node: &RpcClient, elf: &[u8], chunk: usize) -> Result<Vec<(usize, usize)>, Failure> {
        let held = account(node, &self.address)?.map(|account| account.data).unwrap_or_default();
        let held = held.get(State::size_of_buffer_metadata()..).unwrap_or_default();
        let parts = (0..elf.len()).step_by(chunk).map(|from| (from, (from + chunk).min(elf.len())));
        Ok(parts.filter(|(from, to)| held.get(*from..*to) != elf.get(*from..*to)).collect())
    }

    fn submit(
        &self,
        node: &RpcClient,
        signing: &Signing,
        signer: &Signer,
        elf: &[u8],
        parts: &[(usize, usize)],
    ) -> Result<(), Failure> {
        let fee = signing.priority_fee.map_or_else(|| send::recent_priority_fee(node, &[self.address]), Ok);
        let fee = fee.map_err(Failure::chain)?;
        let envelope = Envelope { payer: signer.address, micro_lamports_per_unit: fee, tables: &[] };
        let blockhash = node.latest_blockhash().map_err(Failure::chain)?;
        let mut signed = Vec::new();
        for (from, to) in parts {
            let offset = u32::try_from(*from).unwrap_or(u32::MAX);
            let write = write(&self.address, &signer.address, offset, elf[*from..*to].to_vec());
            let message = envelope.message(&[write], WRITE_UNITS, blockhash)?;
            signed.push(VersionedTransaction::try_new(message, &[signer.key()?]).map_err(Failure::chain)?);
        }
        for some in signed.chunks(AT_ONCE) {
            // What is not taken now is missing in the next round.
            std::thread::scope(|scope| some.iter().for_each(|one| drop(scope.spawn(|| send::submit(node, one)))));
        }
        Ok(())
    }
}

fn account(node: &RpcClient, address: &Address) -> Result<Option<Account>, Failure> {
    let accounts = node.accounts(&[*address]).map_err(Failure::chain)?;
    // One that only holds lamports is none: anybody may have sent some.
    Ok(accounts.into_iter().flatten().next().filter(|account| !account.data.is_empty()))
}

pub fn rent(node: &RpcClient, bytes: usize) -> Result<u64, Failure> {
    node.get_minimum_balance_for_rent_exemption(bytes).map_err(Failure::chain)
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

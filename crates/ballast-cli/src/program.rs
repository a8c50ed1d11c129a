//! `program show`, `program deploy`: the compiled program through the upgradeable loader. Its bytes are written to a buffer whose address
//! follows from them and from the signer, so that an interrupted deployment goes on where it was and needs no other key.

use crate::act::{Act, Done};
use crate::answer::{Answer, Failure};
use crate::args::Deployed;
use crate::figures::Rows;
use crate::signing::{self, Signer, Signing};
use anchor_lang::prelude::Address;
use ballast_client::Chain;
use ballast_client::instructions::Instruction;
use ballast_client::send;
use ballast_client::transaction::{Envelope, PACKET, size};
use serde::Serialize;
use sha2::{Digest, Sha256};
use solana_account::Account;
use solana_keypair::Keypair;
use solana_loader_v3_interface::get_program_data_address;
use solana_loader_v3_interface::instruction::{
    MINIMUM_EXTEND_PROGRAM_BYTES, create_buffer, deploy_with_max_program_len, extend_program, upgrade, write,
};
use solana_loader_v3_interface::state::UpgradeableLoaderState as State;
use solana_rpc_client::rpc_client::RpcClient;
use solana_signer::Signer as _;
use solana_system_interface::instruction::create_account_with_seed;
use solana_transaction::versioned::VersionedTransaction;
use std::fmt;
use std::path::Path;
use std::time::Duration;

const LOADER: Address = Address::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");
/// Of a transaction that writes one chunk: three built-in calls.
const WRITE_UNITS: u32 = 5_000;
const AT_ONCE: usize = 8;
const ROUND: Duration = Duration::from_secs(2);
/// Rounds without progress after which somebody should have a look.
const FRUITLESS: usize = 15;

/// A program that is to be on the chain.
pub struct Wanted {
    pub address: Address,
    /// Signs the first deployment alone.
    pub key: Option<Keypair>,
    pub elf: Vec<u8>,
}

/// A program that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    pub slot: u64,
    /// None: nobody can upgrade it.
    pub authority: Option<Address>,
    /// Zeros behind the program included: what an upgrade may grow to.
    pub bytes: Vec<u8>,
}

#[derive(Debug, Serialize)]
pub struct Deployment {
    pub program: String,
    pub sha256: String,
    pub bytes: usize,
    /// "is as built", "deployed", "upgraded" or "nothing was sent".
    pub outcome: &'static str,
    pub chunks_written: usize,
    pub done: Option<Done>,
}

pub fn show(node: &RpcClient) -> Result<Answer, Failure> {
    let present = read(node, &ballast::ID)?;
    let present = present.ok_or_else(|| Failure::NotFound(format!("there is no program {}", ballast::ID)))?;
    Answer::new(Rows(vec![
        ("program", ballast::ID.to_string()),
        ("upgrade_authority", present.authority.map_or_else(|| "nobody".to_owned(), |key| key.to_string())),
        ("deployed_in_slot", present.slot.to_string()),
        ("capacity", present.bytes.len().to_string()),
        // Not a file's, which may end in zeros: whether it is a file, `program deploy --dry-run` says.
        ("sha256_without_last_zeros", sha256(present.trimmed())),
    ]))
}

pub fn deploy(node: &RpcClient, args: &Deployed) -> Result<Answer, Failure> {
    let wanted = Wanted::read(&args.file, args.program_keypair.as_deref())?;
    if wanted.address != ballast::ID {
        let said = format!("the key is of {}, and this program is {}", wanted.address, ballast::ID);
        return Err(Failure::Input(
            said,
            "declare_id! in programs/ballast/src/lib.rs says which it is: see docs/guides",
        ));
    }
    if args.signing.print_transaction {
        let hint = "leave --print-transaction out; a multisig upgrades from a buffer that its own tool writes";
        return Err(Failure::Input("a deployment is many transactions, which are not printed".to_owned(), hint));
    }
    if !read(node, &wanted.address)?.is_some_and(|present| present.is(&wanted.elf)) {
        args.consent.given(&args.signing, &format!("deploy {} as {}", args.file.display(), wanted.address))?;
    }
    Answer::new(wanted.deploy(node, &args.signing, &args.signing.signer()?)?)
}

impl Wanted {
    fn read(file: &Path, key: Option<&Path>) -> Result<Self, Failure> {
        let unreadable = |error| {
            Failure::Input(format!("{} cannot be read: {error}", file.display()), "`cargo xtask build` makes it")
        };
        let elf = std::fs::read(file).map_err(unreadable)?;
        if !elf.starts_with(b"\x7fELF") {
            let hint = "it is target/deploy/ballast.so, which `cargo xtask build` makes";
            return Err(Failure::Input(format!("{} is no compiled program", file.display()), hint));
        }
        let key = key.map(signing::keypair).transpose()?;
        Ok(Self { address: key.as_ref().map_or(ballast::ID, Keypair::pubkey), key, elf })
    }

    /// Deploys, upgrades, or finds that there is nothing to do; and looks whether the chain then has these bytes.
    pub fn deploy(&self, node: &RpcClient, signing: &Signing, signer: &Signer) -> Result<Deployment, Failure> {
        let present = read(node, &self.address)?;
        let mut deployment = Deployment {
            program: self.address.to_string(),
            sha256: sha256(&self.elf),
            bytes: self.elf.len(),
            outcome: "is as built",
            chunks_written: 0,
            done: None,
        };
        if present.as_ref().is_some_and(|present| present.is(&self.elf)) {
            return Ok(deployment);
        }
        self.check(present.as_ref(), signer)?;
        if !signing.sends() {
            return Ok(Deployment { outcome: "nothing was sent", ..deployment });
        }
        let buffer = Buffer::new(&signer.address, &self.elf)?;
        deployment.chunks_written = buffer.fill(node, signing, signer, &self.elf)?;
        let outcome = if present.is_some() { "upgraded" } else { "deployed" };
        let done = self.replace(node, signing, signer, present.as_ref(), &buffer)?;
        if !read(node, &self.address)?.is_some_and(|present| present.is(&self.elf)) {
            let said = "the chain has other bytes than the file".to_owned();
            return Err(Failure::Unsettled(said, "somebody else may be deploying; run it again"));
        }
        Ok(Deployment { outcome, done: Some(done), ..deployment })
    }

    fn check(&self, present: Option<&Present>, signer: &Signer) -> Result<(), Failure> {
        match present {
            None if self.key.is_none() => Err(Failure::Input(
                format!("{} is not deployed, and the first time its own key signs", self.address),
                "name the --program-keypair; docs/guides/administrator.md says how to make one",
            )),
            Some(Present { authority: None, .. }) => Err(Failure::Input(
                format!("{} was made immutable", self.address),
                "another version is another program, at another address",
            )),
            Some(Present { authority: Some(authority), .. }) if *authority != signer.address => Err(Failure::Input(
                format!("{authority} upgrades this program, and {} signs", signer.address),
                "let the upgrade authority sign",
            )),
            _ => Ok(()),
        }
    }

    /// From the buffer, whose rent returns to the signer.
    fn replace(
        &self,
        node: &RpcClient,
        signing: &Signing,
        signer: &Signer,
        present: Option<&Present>,
        buffer: &Buffer,
    ) -> Result<Done, Failure> {
        let (who, len) = (&signer.address, self.elf.len());
        let (mut act, mut others) = (Act::new(format!("deploy {}", self.address), Vec::new()), Vec::new());
        match present {
            None => {
                let rent = rent(node, State::size_of_program())?;
                let first = deploy_with_max_program_len(who, &self.address, &buffer.address, who, rent, len, true);
                act.instructions = first.map_err(Failure::chain)?;
                others.extend(&self.key);
            }
            Some(present) => {
                self.extend(node, signing, signer, present)?;
                act.instructions = vec![upgrade(&self.address, &buffer.address, who, who, true)];
            }
        }
        act.perform_with(node, signing, signer, &others)
    }

    /// Where the program has outgrown its account.
    fn extend(&self, node: &RpcClient, signing: &Signing, signer: &Signer, present: &Present) -> Result<(), Failure> {
        let Some(missing) = self.elf.len().checked_sub(present.bytes.len()).filter(|missing| *missing > 0) else {
            return Ok(());
        };
        let missing = u32::try_from(missing).unwrap_or(u32::MAX).max(MINIMUM_EXTEND_PROGRAM_BYTES);
        let extend = extend_program(&self.address, Some(&signer.address), missing);
        let done = Act::new(format!("extend {} by {missing} bytes", self.address), vec![extend]);
        done.perform(node, signing, signer)?;
        // The loader upgrades no program in the slot in which it was extended.
        std::thread::sleep(ROUND);
        Ok(())
    }
}

/// Where the bytes wait that a deployment takes.
struct Buffer {
    address: Address,
    seed: String,
}

impl Buffer {
    fn new(signer: &Address, elf: &[u8]) -> Result<Self, Failure> {
        let seed = sha256(elf)[..32].to_owned();
        let address = Address::create_with_seed(signer, &seed, &LOADER).map_err(Failure::chain)?;
        Ok(Self { address, seed })
    }

    /// Writes what is not there yet, until all is. Single transactions may be lost: what counts is what the buffer holds.
    fn fill(&self, node: &RpcClient, signing: &Signing, signer: &Signer, elf: &[u8]) -> Result<usize, Failure> {
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

impl Present {
    /// Without the zeros at the end, of which nobody can tell whether they are the program's.
    fn trimmed(&self) -> &[u8] {
        let end = self.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        &self.bytes[..end]
    }

    fn is(&self, elf: &[u8]) -> bool {
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

fn account(node: &RpcClient, address: &Address) -> Result<Option<Account>, Failure> {
    let accounts = node.accounts(&[*address]).map_err(Failure::chain)?;
    // One that only holds lamports is none: anybody may have sent some.
    Ok(accounts.into_iter().flatten().next().filter(|account| !account.data.is_empty()))
}

fn rent(node: &RpcClient, bytes: usize) -> Result<u64, Failure> {
    node.get_minimum_balance_for_rent_exemption(bytes).map_err(Failure::chain)
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { program, sha256, bytes, outcome, chunks_written, done } = self;
        writeln!(f, "program {program}: {outcome}, {bytes} bytes, sha256 {sha256}")?;
        match done {
            Some(done) => write!(f, "{chunks_written} chunks written\n{done}"),
            None => Ok(()),
        }
    }
}

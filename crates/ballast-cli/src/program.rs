//! `program show`, `program deploy`: the compiled program through the upgradeable [`crate::loader`].

use crate::act::{Act, Done};
use crate::answer::{Answer, Failure};
use crate::args::Deployed;
use crate::figures::Rows;
use crate::loader::{Buffer, Present, ROUND, read, rent, sha256};
use crate::signing::{self, Signer, Signing};
use anchor_lang::prelude::Address;
use serde::Serialize;
use solana_keypair::Keypair;
use solana_loader_v3_interface::instruction::{
    MINIMUM_EXTEND_PROGRAM_BYTES, deploy_with_max_program_len, extend_program, set_buffer_authority, upgrade,
};
use solana_loader_v3_interface::state::UpgradeableLoaderState as State;
use solana_rpc_client::rpc_client::RpcClient;
use solana_signer::Signer as _;
use std::fmt;
use std::path::Path;

/// A program that is to be on the chain.
pub struct Wanted {
    pub address: Address,
    /// Signs the first deployment alone.
    pub key: Option<Keypair>,
    pub elf: Vec<u8>,
}

#[derive(Debug, Serialize)]
pub struct Deployment {
    pub program: String,
    pub sha256: String,
    pub bytes: usize,
    /// "is as built", "deployed", "upgraded", "to be signed" or "nothing was sent".
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
        let hint = "with --upgrade-authority the buffer is written and the upgrade printed";
        return Err(Failure::Input("a deployment is many transactions, which are not printed".to_owned(), hint));
    }
    if !read(node, &wanted.address)?.is_some_and(|present| present.is(&wanted.elf)) {
        args.consent.given(&args.signing, &format!("deploy {} as {}", args.file.display(), wanted.address))?;
    }
    let signer = args.signing.signer()?;
    Answer::new(match &args.upgrade_authority {
        None => wanted.deploy(node, &args.signing, &signer)?,
        Some(authority) => wanted.hand_over(node, &args.signing, &signer, authority)?,
    })
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
        let mut deployment = self.as_built();
        if present.as_ref().is_some_and(|present| present.is(&self.elf)) {
            return Ok(deployment);
        }
        self.check(present.as_ref(), &signer.address)?;
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

    /// The signer writes the buffer and gives it to the authority, who signs the upgrade elsewhere.
    pub fn hand_over(
        &self,
        node: &RpcClient,
        signing: &Signing,
        signer: &Signer,
        authority: &Address,
    ) -> Result<Deployment, Failure> {
        let present = read(node, &self.address)?;
        let mut deployment = self.as_built();
        if present.as_ref().is_some_and(|present| present.is(&self.elf)) {
            return Ok(deployment);
        }
        self.check(present.as_ref(), authority)?;
        let Some(present) = present else {
            let said = "the first deployment is its program key's to sign".to_owned();
            return Err(Failure::Input(said, "deploy without --upgrade-authority, then give the authority away"));
        };
        if !signing.sends() {
            return Ok(Deployment { outcome: "nothing was sent", ..deployment });
        }
        let buffer = Buffer::new(&signer.address, &self.elf)?;
        deployment.chunks_written = buffer.fill(node, signing, signer, &self.elf)?;
        self.extend(node, signing, signer, &present)?;
        if buffer.authority(node)? == Some(signer.address) {
            let give = set_buffer_authority(&buffer.address, &signer.address, authority);
            let what = format!("give the buffer {} to {authority}", buffer.address);
            Act::new(what, vec![give]).perform(node, signing, signer)?;
        }
        let upgrade = upgrade(&self.address, &buffer.address, authority, &signer.address, true);
        let act = Act::new(format!("upgrade {} from {}", self.address, buffer.address), vec![upgrade]);
        let done = act.perform(node, &signing.printing(), &Signer::elsewhere(*authority))?;
        Ok(Deployment { outcome: "to be signed", done: Some(done), ..deployment })
    }

    fn as_built(&self) -> Deployment {
        Deployment {
            program: self.address.to_string(),
            sha256: sha256(&self.elf),
            bytes: self.elf.len(),
            outcome: "is as built",
            chunks_written: 0,
            done: None,
        }
    }

    fn check(&self, present: Option<&Present>, signer: &Address) -> Result<(), Failure> {
        match present {
            None if self.key.is_none() => Err(Failure::Input(
                format!("{} is not deployed, and the first time its own key signs", self.address),
                "name the --program-keypair; docs/guides/administrator.md says how to make one",
            )),
            Some(Present { authority: None, .. }) => Err(Failure::Input(
                format!("{} was made immutable", self.address),
                "another version is another program, at another address",
            )),
            Some(Present { authority: Some(authority), .. }) if authority != signer => Err(Failure::Input(
                format!("{authority} upgrades this program, and not {signer}"),
                "let the upgrade authority sign, or name it with --upgrade-authority",
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

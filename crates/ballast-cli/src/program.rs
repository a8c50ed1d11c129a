//! `program show` and `program deploy`: the compiled program, deployed with the upgradeable [`crate::loader`].

use crate::answer::{Answer, CommandError};
use crate::args::DeployArgs;
use crate::figures::Rows;
use crate::loader::{Buffer, DeployedProgram, ROUND, read, rent, sha256};
use crate::signing::{self, Signing, WalletSigner};
use crate::transaction::{TransactionDraft, TransactionOutcome};
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

/// A compiled program and the address at which it belongs.
pub struct ProgramBuild {
    pub address: Address,
    /// The program's own key. Only the first deployment needs its signature.
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
    pub done: Option<TransactionOutcome>,
}

pub fn show(node: &RpcClient) -> Result<Answer, CommandError> {
    let present = read(node, &ballast::ID)?;
    let present =
        present.ok_or_else(|| CommandError::NotFound(format!("the program {} is not deployed", ballast::ID)))?;
    Answer::new(Rows(vec![
        ("program", ballast::ID.to_string()),
        ("upgrade_authority", present.authority.map_or_else(|| "nobody".to_owned(), |key| key.to_string())),
        ("deployed_in_slot", present.slot.to_string()),
        ("capacity", present.bytes.len().to_string()),
        // The file itself may end in zeros, so its hash may differ. `program deploy --dry-run` compares the chain with
        // a file.
        ("sha256_without_last_zeros", sha256(present.trimmed())),
    ]))
}

pub fn deploy(node: &RpcClient, args: &DeployArgs) -> Result<Answer, CommandError> {
    let build = ProgramBuild::read(&args.file, args.program_keypair.as_deref())?;
    if build.address != ballast::ID {
        let message =
            format!("the keypair is that of {}, but the program is compiled for {}", build.address, ballast::ID);
        let hint = "declare_id! in programs/ballast/src/lib.rs names the address; see docs/guides/administrator.md";
        return Err(CommandError::Input(message, hint));
    }
    if args.signing.print_transaction {
        let hint = "name a multisig with --upgrade-authority; its upgrade is printed once the buffer is written";
        let message = "a deployment takes many transactions, which cannot be printed".to_owned();
        return Err(CommandError::Input(message, hint));
    }
    if !read(node, &build.address)?.is_some_and(|present| present.matches(&build.elf)) {
        args.consent.given(&args.signing, &format!("deploy {} as {}", args.file.display(), build.address))?;
    }
    let signer = args.signing.signer()?;
    Answer::new(match &args.upgrade_authority {
        None => build.deploy(node, &args.signing, &signer)?,
        Some(authority) => build.hand_over(node, &args.signing, &signer, authority)?,
    })
}

impl ProgramBuild {
    fn read(file: &Path, key: Option<&Path>) -> Result<Self, CommandError> {
        let unreadable = |error| {
            CommandError::Input(format!("{} cannot be read: {error}", file.display()), "`cargo xtask build` makes it")
        };
        let elf = std::fs::read(file).map_err(unreadable)?;
        if !elf.starts_with(b"\x7fELF") {
            let hint = "name target/deploy/ballast.so, which `cargo xtask build` makes";
            return Err(CommandError::Input(format!("{} is not a compiled program", file.display()), hint));
        }
        let key = key.map(signing::keypair).transpose()?;
        Ok(Self { address: key.as_ref().map_or(ballast::ID, Keypair::pubkey), key, elf })
    }

    /// Deploys or upgrades the program, unless the chain already has it, and then checks that the chain has these
    /// bytes.
    pub fn deploy(
        &self,
        node: &RpcClient,
        signing: &Signing,
        signer: &WalletSigner,
    ) -> Result<Deployment, CommandError> {
        let present = read(node, &self.address)?;
        let mut deployment = self.as_built();
        if present.as_ref().is_some_and(|present| present.matches(&self.elf)) {
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
        if !read(node, &self.address)?.is_some_and(|present| present.matches(&self.elf)) {
            let message = "the bytes on the chain differ from the file".to_owned();
            let hint = "somebody else may be deploying; run the command again";
            return Err(CommandError::Unsettled(message, hint));
        }
        Ok(Deployment { outcome, done: Some(done), ..deployment })
    }

    /// Writes the buffer, gives it to the authority and prints the upgrade, which the authority signs elsewhere.
    pub fn hand_over(
        &self,
        node: &RpcClient,
        signing: &Signing,
        signer: &WalletSigner,
        authority: &Address,
    ) -> Result<Deployment, CommandError> {
        let present = read(node, &self.address)?;
        let mut deployment = self.as_built();
        if present.as_ref().is_some_and(|present| present.matches(&self.elf)) {
            return Ok(deployment);
        }
        self.check(present.as_ref(), authority)?;
        let Some(present) = present else {
            let message = "the first deployment needs the signature of the program's own key".to_owned();
            let hint = "deploy without --upgrade-authority, then give the upgrade authority to the multisig";
            return Err(CommandError::Input(message, hint));
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
            TransactionDraft::new(what, vec![give]).perform(node, signing, signer)?;
        }
        let upgrade = upgrade(&self.address, &buffer.address, authority, &signer.address, true);
        let draft = TransactionDraft::new(format!("upgrade {} from {}", self.address, buffer.address), vec![upgrade]);
        let done = draft.perform(node, &signing.printing(), &WalletSigner::elsewhere(*authority))?;
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

    fn check(&self, present: Option<&DeployedProgram>, signer: &Address) -> Result<(), CommandError> {
        match present {
            None if self.key.is_none() => Err(CommandError::Input(
                format!("{} is not deployed, and its first deployment needs its own key", self.address),
                "name the --program-keypair; docs/guides/administrator.md shows how to make one",
            )),
            Some(DeployedProgram { authority: None, .. }) => Err(CommandError::Input(
                format!("{} was made immutable", self.address),
                "deploy the new version as another program, at another address",
            )),
            Some(DeployedProgram { authority: Some(authority), .. }) if authority != signer => {
                Err(CommandError::Input(
                    format!("only {authority} can upgrade this program, not {signer}"),
                    "sign with the upgrade authority's keypair, or name the authority with --upgrade-authority",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Deploys or upgrades from the buffer. The buffer's rent returns to the signer.
    fn replace(
        &self,
        node: &RpcClient,
        signing: &Signing,
        signer: &WalletSigner,
        present: Option<&DeployedProgram>,
        buffer: &Buffer,
    ) -> Result<TransactionOutcome, CommandError> {
        let (who, len) = (&signer.address, self.elf.len());
        let (mut draft, mut others) =
            (TransactionDraft::new(format!("deploy {}", self.address), Vec::new()), Vec::new());
        match present {
            None => {
                let rent = rent(node, State::size_of_program())?;
                let first = deploy_with_max_program_len(who, &self.address, &buffer.address, who, rent, len, true);
                draft.instructions = first.map_err(CommandError::node)?;
                others.extend(&self.key);
            }
            Some(present) => {
                self.extend(node, signing, signer, present)?;
                draft.instructions = vec![upgrade(&self.address, &buffer.address, who, who, true)];
            }
        }
        draft.perform_with(node, signing, signer, &others)
    }

    /// Extends the program's account if the new program is larger.
    fn extend(
        &self,
        node: &RpcClient,
        signing: &Signing,
        signer: &WalletSigner,
        present: &DeployedProgram,
    ) -> Result<(), CommandError> {
        let Some(missing) = self.elf.len().checked_sub(present.bytes.len()).filter(|missing| *missing > 0) else {
            return Ok(());
        };
        let missing = u32::try_from(missing).unwrap_or(u32::MAX).max(MINIMUM_EXTEND_PROGRAM_BYTES);
        let extend = extend_program(&self.address, Some(&signer.address), missing);
        let draft = TransactionDraft::new(format!("extend {} by {missing} bytes", self.address), vec![extend]);
        draft.perform(node, signing, signer)?;
        // The loader refuses an upgrade in the slot of the extension.
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

//! `program show` and `program deploy`, with the chain's own loader.

use crate::facade::Node;
use crate::stage::{ask, write_key};
use ballast_cli::answer::{Answer, CommandError};
use ballast_cli::command::{Command, ProgramCommand, Request};
use ballast_cli::loader::{DeployedProgram, read, sha256};
use ballast_cli::program::{Deployment, ProgramBuild};
use ballast_cli::signing::{Signing, WalletSigner};
use ballast_testkit::World;
use ballast_testkit::programs::{compiled, program_path};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::Parser;
use serde_json::json;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;
use solana_message::VersionedMessage;
use solana_rpc_client::rpc_client::RpcClient;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use tempfile::TempDir;

/// A node, a wallet that deploys, and the key of a program that is not deployed yet.
struct Site {
    node: Node,
    deployer: Keypair,
    program: Keypair,
    folder: TempDir,
}

impl Site {
    fn new() -> Self {
        let mut world = World::new();
        let (deployer, program) = (world.wallet(), world.key());
        let folder = tempfile::tempdir().expect("a folder");
        write_key(&folder, "deployer.json", &deployer);
        Self { node: Node::serve(world), deployer, program, folder }
    }

    fn rpc(&self) -> RpcClient {
        RpcClient::new_with_commitment(&self.node.url, CommitmentConfig::confirmed())
    }

    fn present(&self) -> Option<DeployedProgram> {
        read(&self.rpc(), &self.program.pubkey()).expect("an answer")
    }

    fn deploy(&self, library: &str, key: Option<&Keypair>) -> Result<Deployment, CommandError> {
        self.run(library, key, |build, node, signing, signer| build.deploy(node, signing, signer))
    }

    fn run(
        &self,
        library: &str,
        key: Option<&Keypair>,
        act: impl FnOnce(&ProgramBuild, &RpcClient, &Signing, &WalletSigner) -> Result<Deployment, CommandError>,
    ) -> Result<Deployment, CommandError> {
        let build =
            ProgramBuild { address: self.program.pubkey(), key: key.map(Keypair::insecure_clone), elf: elf(library) };
        let folder = self.folder.path().display();
        let line = format!("ballast program deploy --file unread --keypair {folder}/deployer.json");
        let command = Command::try_parse_from(line.split(' ')).expect("a command line");
        let Request::Program(ProgramCommand::Deploy(args)) = command.request else { panic!("a deployment") };
        // A new slot, because the loader changes a program only once in a slot.
        self.node.chained().world.advance_slots(1);
        let deployed = act(&build, &self.rpc(), &args.signing, &args.signing.signer().expect("a key"));
        self.node.chained().world.advance_slots(1);
        deployed
    }
}

fn elf(library: &str) -> Vec<u8> {
    std::fs::read(compiled(library)).expect("`cargo xtask build` makes it")
}

#[test]
fn a_program_is_deployed_then_left_alone_then_upgraded_to_a_larger_one() {
    let site = Site::new();
    let without = site.deploy("stage", None).expect_err("no key of the program");
    assert!(without.status() == Answer::INPUT && without.hint().contains("--program-keypair"), "{without}");
    assert_eq!(site.node.sent(), 0);

    let first = site.deploy("stage", Some(&site.program)).expect("a deployment");
    assert_eq!((first.outcome, first.bytes), ("deployed", elf("stage").len()));
    assert_eq!(site.present().expect("a program").bytes, elf("stage"));
    assert_eq!(site.present().expect("a program").authority, Some(site.deployer.pubkey()));

    let sent = site.node.sent();
    assert_eq!(site.deploy("stage", None).expect("nothing to do").outcome, "is as built");
    assert_eq!(site.node.sent(), sent);

    let upgraded = site.deploy("ballast", None).expect("an upgrade");
    assert_eq!(upgraded.outcome, "upgraded");
    let present = site.present().expect("a program");
    assert!(present.bytes.starts_with(&elf("ballast")) && present.slot > 0);
    assert_eq!(site.deploy("ballast", None).expect("nothing to do").outcome, "is as built");
}

#[test]
fn an_interrupted_deployment_continues_where_it_stopped() {
    let site = Site::new();
    // The node goes away after the buffer's creation and four chunks.
    site.node.chained().lives = 5;
    site.deploy("stage", Some(&site.program)).expect_err("the node goes away");
    site.node.chained().lives = usize::MAX;
    let sent = site.node.sent();
    let resumed = site.deploy("stage", Some(&site.program)).expect("the remaining chunks");
    // Chunks that were there are not written again.
    assert_eq!(site.node.sent(), sent + resumed.chunks_written + 1);
    let chunks = elf("stage").len().div_ceil(1_000);
    assert!(resumed.chunks_written + 3 < chunks + 2, "{} of {chunks}", resumed.chunks_written);
    assert_eq!(site.present().expect("a program").bytes, elf("stage"));
}

/// A chunk only writes the buffer, so only fees for the buffer matter.
#[test]
fn the_priority_fee_of_a_chunk_is_the_recent_fee_of_the_buffer() {
    let site = Site::new();
    // The node goes away after the buffer's creation and one chunk.
    site.node.chained().lives = 2;
    site.deploy("stage", Some(&site.program)).expect_err("the node goes away");
    let history = site.node.chained().history.clone();
    let buffer =
        history[1].accounts.iter().find(|key| site.node.chained().world.get(key).data.len() > elf("stage").len());
    let asked = site.node.asked("getRecentPrioritizationFees");
    assert_eq!(asked.last(), Some(&json!([[buffer.expect("a buffer").to_string()]])), "{asked:?}");
}

#[test]
fn only_the_authority_upgrades_the_program() {
    let mut site = Site::new();
    site.deploy("stage", Some(&site.program)).expect("a deployment");
    let sent = site.node.sent();
    site.deployer = site.node.chained().world.wallet();
    write_key(&site.folder, "deployer.json", &site.deployer);
    let failure = site.deploy("ballast", None).expect_err("the deployer is not the authority");
    assert_eq!((failure.status(), site.node.sent()), (Answer::INPUT, sent));
}

/// The multisig is a single key here. It signs only the printed transaction.
#[test]
fn a_multisig_signs_an_upgrade_whose_buffer_another_wallet_wrote() {
    let mut site = Site::new();
    site.deploy("stage", Some(&site.program)).expect("a deployment");
    let multisig = std::mem::replace(&mut site.deployer, site.node.chained().world.wallet());
    write_key(&site.folder, "deployer.json", &site.deployer);
    let authority = multisig.pubkey();
    let hand_over =
        || site.run("ballast", None, |build, node, signing, signer| build.hand_over(node, signing, signer, &authority));
    let printed = hand_over().expect("a buffer");
    assert_eq!((printed.outcome, printed.chunks_written > 200), ("to be signed", true));
    let sent = site.node.sent();
    let again = hand_over().expect("the same upgrade");
    assert_eq!((again.chunks_written, site.node.sent()), (0, sent));

    let transaction = again.done.and_then(|done| done.transaction).expect("a transaction");
    let message = BASE64_STANDARD.decode(transaction).expect("base 64");
    let mut message: VersionedMessage = wincode::deserialize(&message).expect("a message");
    message.set_recent_blockhash(site.rpc().get_latest_blockhash().expect("a blockhash"));
    let signed = VersionedTransaction::try_new(message, &[&multisig]).expect("the only signer");
    ballast_client::send::send(&site.rpc(), &signed).expect("an upgrade");
    assert!(site.present().expect("a program").bytes.starts_with(&elf("ballast")));
}

#[test]
fn the_command_checks_the_file_and_the_key_before_it_deploys() {
    let site = Site::new();
    let (folder, file) = (site.folder.path().display(), program_path());
    let secrets = [&site.deployer, &site.program];
    let line = |rest: &str| format!("ballast program deploy --keypair {folder}/deployer.json {rest}");
    let shown = ask(&site.node, &secrets, "ballast program show").expect("the program of the World");
    assert_eq!(shown.json["program"], ballast::ID.to_string());
    let elf = elf("ballast");
    let trimmed = &elf[..=elf.iter().rposition(|byte| *byte != 0).expect("a program")];
    assert_eq!(shown.json["sha256_without_last_zeros"], sha256(trimmed));
    let same = ask(&site.node, &secrets, &line(&format!("--yes --file {}", file.display()))).expect("nothing to do");
    assert!(same.text.contains("is as built"), "{}", same.text);
    write_key(&site.folder, "program.json", &site.program);
    let other = format!("--yes --file {} --program-keypair {folder}/program.json", file.display());
    let other = ask(&site.node, &secrets, &line(&other)).expect_err("another program's key");
    assert!(other.status() == Answer::INPUT && other.to_string().contains(&ballast::ID.to_string()), "{other}");
    for wrong in ["/no/such.so".to_owned(), format!("{folder}/program.json")] {
        let failure =
            ask(&site.node, &secrets, &line(&format!("--yes --file {wrong}"))).expect_err("the file is not a program");
        assert_eq!((failure.status(), site.node.sent()), (Answer::INPUT, 0), "{failure}");
    }
}

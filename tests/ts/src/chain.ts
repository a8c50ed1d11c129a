// Solana with Ballast in this process: LiteSVM behind the RPC interface that the client uses.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BALLAST_PROGRAM_ADDRESS } from '@ballast/client/generated';
import { type Envelope, transactionError, transactionOf } from '@ballast/client';
import {
    type Address,
    type EncodedAccount,
    type Instruction,
    type KeyPairSigner,
    type MaybeEncodedAccount,
    type Rpc,
    type RpcTransport,
    type SolanaRpcApi,
    compileTransaction,
    createSolanaRpcFromTransport,
    generateKeyPairSigner,
    getBase58Encoder,
    getBase64Decoder,
    getBase64EncodedWireTransaction,
    getBase64Encoder,
    getSignatureFromTransaction,
    getTransactionDecoder,
    lamports,
    signTransactionMessageWithSigners,
} from '@solana/kit';
import { FailedTransactionMetadata, LiteSVM, type TransactionMetadata } from 'litesvm';
import { Memory } from './memory';

const SO = process.env['BALLAST_SO'] ?? fileURLToPath(new URL('../../../target/deploy/ballast.so', import.meta.url));

/** 2026-01-01T00:00:00Z */
const GENESIS_TIME = 1_767_225_600n;

export class Chain {
    readonly svm = new LiteSVM().withNativeMints();
    readonly rpc: Rpc<SolanaRpcApi> = createSolanaRpcFromTransport(this.transport());
    /** The logs of the last transaction. */
    logs: readonly string[] = [];
    /** The priority fees of recent slots. */
    fees: readonly number[] = [];
    private readonly memory = new Memory();

    constructor() {
        if (!existsSync(SO))
            throw new Error(`${SO} is missing. Run \`cargo xtask build\`, or set BALLAST_SO to another file.`);
        this.svm.addProgramFromFile(BALLAST_PROGRAM_ADDRESS, SO);
        this.setClock(1_000n, GENESIS_TIME);
    }

    get now(): bigint {
        return this.svm.getClock().unixTimestamp;
    }

    /** Advances the clock, by 2.5 slots per second. */
    advance(secs: bigint): void {
        const { slot, unixTimestamp } = this.svm.getClock();
        this.setClock(slot + (secs * 5n) / 2n, unixTimestamp + secs);
    }

    /** Returns a slot from which the address of a lookup table can derive. */
    recentSlot(): bigint {
        const [newest] = this.svm.getSlotHashes();
        if (!newest) throw new Error('This chain has no recent slots.');
        return newest.slot;
    }

    /** Creates a key with SOL for fees and rent. */
    async wallet(): Promise<KeyPairSigner> {
        const key = await generateKeyPairSigner();
        this.svm.airdrop(key.address, lamports(1_000_000_000_000n));
        return key;
    }

    /** Signs and sends instructions and returns the logs; rejects with the error of an RPC node's preflight. */
    async send(
        instructions: readonly Instruction[],
        feePayer: KeyPairSigner,
        envelope: Partial<Envelope> = {},
    ): Promise<readonly string[]> {
        const { value: lifetime } = await this.rpc.getLatestBlockhash().send();
        const message = transactionOf(instructions, { feePayer, lifetime, ...envelope });
        const transaction = await signTransactionMessageWithSigners(message);
        await this.rpc.sendTransaction(getBase64EncodedWireTransaction(transaction), { encoding: 'base64' }).send();
        return this.logs;
    }

    /** Simulates instructions without signatures; returns the logs or rejects with the refusal. */
    async simulate(instructions: readonly Instruction[], envelope: Envelope): Promise<readonly string[]> {
        const encoded = getBase64EncodedWireTransaction(compileTransaction(transactionOf(instructions, envelope)));
        const { value } = await this.rpc.simulateTransaction(encoded, { encoding: 'base64', sigVerify: false }).send();
        if (value.err) throw transactionError(value.err);
        return value.logs ?? [];
    }

    setClock(slot: bigint, unixTimestamp: bigint): void {
        const clock = this.svm.getClock();
        clock.slot = slot;
        clock.unixTimestamp = unixTimestamp;
        this.svm.setClock(clock);
    }

    /** Answers a JSON-RPC request. */
    call(request: unknown): object {
        const { id, method, params } = request as { id: string; method: string; params?: readonly never[] };
        const answer = this.answers[method];
        if (!answer) throw new Error(`This chain does not implement the RPC method ${method}.`);
        return { jsonrpc: '2.0', id, ...answer(...(params ?? [])) };
    }

    private transport(): RpcTransport {
        const call = async ({ payload }: { payload: unknown }) => this.call(payload);
        // Each answer has the type that its method promises; the type of a transport cannot express that.
        return call as RpcTransport;
    }

    /** The methods that client and tests call. Each returns `result` or `error`. */
    private readonly answers: Record<string, (...params: never[]) => object> = {
        getLatestBlockhash: () =>
            this.result({ blockhash: this.svm.latestBlockhash(), lastValidBlockHeight: 1_000_000n }),
        getRecentPrioritizationFees: () => ({
            result: this.fees.map((prioritizationFee, slot) => ({ prioritizationFee, slot })),
        }),
        getBlockHeight: () => ({ result: this.svm.getClock().slot }),
        getBalance: (at: Address) => this.result(this.svm.getBalance(at) ?? 0n),
        requestAirdrop: (to: Address, amount: number | bigint) => {
            this.svm.airdrop(to, lamports(BigInt(amount)));
            return { result: '' };
        },
        getSignatureStatuses: (signatures: readonly string[]) =>
            this.result(signatures.map((signature) => (this.memory.has(signature) ? CONFIRMED : null))),
        getSignaturesForAddress: (account: Address, config: { limit?: number; before?: string }) => ({
            result: this.memory.signatures(account, config),
        }),
        getTransaction: (signature: string) => ({ result: this.memory.transaction(signature) }),
        getAccountInfo: (at: Address) => this.result(existing(this.svm.getAccount(at))),
        getMultipleAccounts: (at: readonly Address[]) =>
            this.result(at.map((address) => existing(this.svm.getAccount(address)))),
        getProgramAccounts: (program: Address, { filters }: { filters: readonly Filter[] }) => {
            const passes = filters.map(contains);
            const found = this.svm.getProgramAccounts(program).filter(({ data }) => passes.every((pass) => pass(data)));
            return { result: found.map((account) => ({ pubkey: account.address, account: wire(account) })) };
        },
        sendTransaction: (encoded: string) => {
            const transaction = decode(encoded);
            const sent = this.svm.sendTransaction(transaction);
            // Without this, sending the same instructions again would repeat the same transaction.
            this.svm.expireBlockhash();
            if (sent instanceof FailedTransactionMetadata) {
                const data = { err: wireError(sent), ...outcome(sent.meta()) };
                return { error: { code: -32002, message: 'Transaction simulation failed', data } };
            }
            this.logs = sent.logs();
            this.memory.keep(transaction, this.logs, this.svm.getClock());
            return { result: getSignatureFromTransaction(transaction) };
        },
        simulateTransaction: (encoded: string, { accounts }: { accounts?: { addresses: readonly Address[] } }) => {
            // LiteSVM also checks signatures in simulations, and previews have none.
            const svm = this.svm.withSigverify(false).withBlockhashCheck(false);
            const ran = svm.simulateTransaction(decode(encoded));
            this.svm.withSigverify(true).withBlockhashCheck(true);
            if (ran instanceof FailedTransactionMetadata)
                return this.result({ err: wireError(ran), accounts: null, ...outcome(ran.meta()) });
            const after = new Map(ran.postAccounts().map((account) => [account.address, account]));
            const changed = accounts?.addresses.map((at) => {
                const account = after.get(at);
                return account ? wire(account) : existing(this.svm.getAccount(at));
            });
            return this.result({ err: null, accounts: changed ?? null, ...outcome(ran.meta()) });
        },
    };

    private result(value: unknown) {
        return { result: { context: { slot: this.svm.getClock().slot }, value } };
    }
}

const CONFIRMED = { slot: 1n, confirmations: null, err: null, status: { Ok: null }, confirmationStatus: 'finalized' };

type Filter = { memcmp: { offset: bigint; bytes: string } };

function contains({ memcmp: { offset, bytes } }: Filter): (data: EncodedAccount['data']) => boolean {
    const expected = getBase58Encoder().encode(bytes);
    return (data) => expected.every((byte, index) => data[Number(offset) + index] === byte);
}

const decode = (encoded: string) => getTransactionDecoder().decode(getBase64Encoder().encode(encoded));

const outcome = (meta: TransactionMetadata) => ({ logs: meta.logs(), unitsConsumed: meta.computeUnitsConsumed() });

/** Encodes an account as an RPC node does. */
function wire({ data, programAddress: owner, executable, lamports, space }: EncodedAccount) {
    return { data: [getBase64Decoder().decode(data), 'base64'], executable, lamports, owner, space };
}

const existing = (account: MaybeEncodedAccount) => (account.exists ? wire(account) : null);

/** Converts an error of LiteSVM to the JSON of an RPC node. */
function wireError(failed: FailedTransactionMetadata): unknown {
    const text = String(failed.err());
    const [, index, code] = /index: (\d+), error: InstructionErrorCustom \{ code: (\d+) \}/.exec(text) ?? [];
    return code === undefined ? text : { InstructionError: [Number(index), { Custom: Number(code) }] };
}

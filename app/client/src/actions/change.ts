import type { Address, Instruction, TransactionSigner } from '@solana/kit';
import {
    type ProposalArgs,
    findChangePda,
    getChangeCancelInstruction,
    getChangeExecuteInstruction,
    getChangeProposeInstructionAsync,
} from '../generated';
import { priceAccount } from '../price';

/** Which queued change is meant. */
export interface ChangeId {
    readonly config: Address;
    /** The reserve to change; undefined for the market itself. */
    readonly reserve?: Address | undefined;
    /** The authority's choice. It is free again when the change is closed. */
    readonly number: bigint;
}

/** Queues a change. Only the market's authority can. */
export const propose = async (
    authority: TransactionSigner,
    { reserve, ...queued }: ChangeId,
    proposal: ProposalArgs,
): Promise<Instruction[]> => [
    await getChangeProposeInstructionAsync({ authority, ...queued, ...(reserve && { reserve }), proposal }),
];

/** Executes a change whose notice is over. `proposal` is the one that `propose` queued. */
export async function execute(
    authority: TransactionSigner,
    { reserve, ...queued }: ChangeId,
    proposal: ProposalArgs,
): Promise<Instruction[]> {
    const [change] = await findChangePda(queued);
    const { config } = queued;
    const price = proposal.__kind === 'Feed' && { price: await priceAccount(proposal.feed) };
    return [getChangeExecuteInstruction({ authority, config, change, ...(reserve && { reserve }), ...price })];
}

/** Cancels a change. Authority and guardian can; the rent returns to the authority. */
export async function cancel(signer: TransactionSigner, authority: Address, queued: ChangeId): Promise<Instruction[]> {
    const [change] = await findChangePda(queued);
    return [getChangeCancelInstruction({ signer, config: queued.config, authority, change })];
}

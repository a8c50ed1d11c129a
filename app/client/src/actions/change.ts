import type { Address, Instruction, TransactionSigner } from '@solana/kit';
import {
    type ProposalArgs,
    findChangePda,
    getChangeCancelInstruction,
    getChangeExecuteInstruction,
    getChangeProposeInstructionAsync,
} from '../generated';
import { priceAccount } from '../price';

/** A change of parameters on its way. */
export interface ChangeId {
    readonly config: Address;
    /** What is to change: the reserve; undefined for the market itself. */
    readonly reserve?: Address | undefined;
    /** Of the authority's choice; free again when the change is closed. */
    readonly number: bigint;
}

/** Queues a change, by the market's authority. */
export const propose = async (
    authority: TransactionSigner,
    { reserve, ...queued }: ChangeId,
    proposal: ProposalArgs,
): Promise<Instruction[]> => [
    await getChangeProposeInstructionAsync({ authority, ...queued, ...(reserve && { reserve }), proposal }),
];

/** Puts a change in force whose notice is over. `proposal`: what it was proposed with. */
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

/** Gives a change up, by authority or guardian; its rent returns to the authority. */
export async function cancel(signer: TransactionSigner, authority: Address, queued: ChangeId): Promise<Instruction[]> {
    const [change] = await findChangePda(queued);
    return [getChangeCancelInstruction({ signer, config: queued.config, authority, change })];
}

import type { Instruction } from '@solana/kit';
import { otherPositions, withRemaining } from '../accounts';
import { getFlagInstruction } from '../generated';
import type { ActionInput } from './action';

/** Records that an obligation has crossed its warning line or the call line, and runs its clocks. Needs no signature. */
export const flag = ({ market, obligation }: Omit<ActionInput, 'signer'>): Instruction[] => [
    withRemaining(
        getFlagInstruction({ config: market.config.address, obligation: obligation.address }),
        otherPositions(market, obligation),
    ),
];

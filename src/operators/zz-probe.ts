import { type Observable, of, map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
export class Foo { readonly obs: Observable<number> = of(1); }
export const delayed = (): Observable<number> => of(1);
export const op: OperatorFunction<number, number> = map((x) => x);
export const bad: Observable<number> = of(1);
export interface X { make: () => Observable<number>; badState: Observable<string>; meth(count: Observable<number>): void }

/** The API's responses. Every name and label in here is text from storage: show it as text only. */

export interface Info {
  readonly version: string;
  readonly readOnly: boolean;
  readonly account: string;
  readonly user?: string;
  readonly csrf: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface ModelItem {
  readonly name: string;
  readonly kind: "model" | "alias" | "group";
  readonly version?: string | null;
  readonly bytes?: number | null;
  readonly target?: string;
  readonly members?: number;
  readonly missing?: number;
  readonly labels?: readonly string[] | null;
  readonly hasDrops: boolean;
  readonly problem?: string;
}

export interface ModelDetail extends ModelItem {
  readonly manifest?: unknown;
  readonly digest?: string;
  readonly trunk?: string;
  readonly sharedWith?: readonly string[];
  readonly memberNames?: readonly string[];
}

export interface Answer {
  readonly image: string;
  readonly answer: string | null;
  readonly score: number | null;
  readonly unsure: boolean;
  readonly error: string | null;
  readonly previous: string | null;
  readonly version?: string;
  readonly at?: string;
  readonly archive?: string | null;
  readonly member?: string;
}

export interface AnswerPage extends Page<Answer> {
  readonly seen?: number;
}

export interface Scored {
  readonly label: string;
  readonly score: number;
}

/** A label as it is stored; a group's has one answer per member. */
export interface StoredLabel {
  readonly image?: { readonly name?: string; readonly bytes?: number; readonly etag?: string };
  readonly model?: { readonly name?: string; readonly version?: string; readonly digest?: string };
  readonly label?: string;
  readonly score?: number;
  readonly unsure?: boolean;
  readonly top?: readonly Scored[];
  readonly error?: { readonly code: string; readonly message?: string };
  readonly classifiedAt?: string;
  readonly answers?: readonly StoredLabel[];
  readonly truth?: { readonly label: string; readonly by?: string; readonly at?: string } | null;
  readonly etag?: string;
}

export interface Summary {
  readonly seen: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly unsure: number;
  readonly refused: number;
  readonly changed?: number;
  readonly errors?: Readonly<Record<string, number>>;
  readonly scores: readonly number[];
}

export interface Accuracy {
  readonly right: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
}

export interface Cell {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

export interface Comparison {
  readonly labels: readonly string[];
  readonly cells: readonly Cell[];
  readonly total: number;
  /** How many answers are equal, including those of cells that were left out. */
  readonly same: number;
}

export interface WarmModel {
  readonly name: string;
  readonly state: string;
  readonly bytes: number;
  readonly leases: number;
  readonly lastUsed?: string | null;
  readonly trunk?: string | null;
}

export interface Worker {
  readonly processId: number;
  readonly account?: string;
  readonly budgetBytes: number;
  readonly residentBytes: number;
  readonly models: readonly WarmModel[];
  readonly trunks: readonly { readonly id: string; readonly bytes: number; readonly heads: number }[];
  readonly hits: number;
  readonly misses: number;
  readonly loads: number;
  readonly evictions: number;
}

/** A job's record as it is stored: docs/schemas/v1/job.json. */
export interface Job {
  readonly id: string;
  readonly model: string;
  readonly kind: string;
  readonly asked?: {
    readonly folder?: string;
    readonly prefix?: string;
    readonly changedOnly?: boolean;
    readonly schedule?: string;
  };
  readonly by?: string;
  readonly state: string;
  readonly counts: {
    /** Absent while the images are being listed. */
    readonly total?: number;
    readonly done: number;
    readonly unsure?: number;
    readonly refused: number;
    readonly skipped: number;
    readonly givenUp?: number;
    readonly cancelled?: number;
  };
  readonly startedAt: string;
  readonly endedAt?: string | null;
  readonly stopped?: { readonly at: string; readonly by: string; readonly reason: string };
}

export interface JobDetail extends Job {
  readonly refusals?: readonly { readonly image: string; readonly code: string; readonly message?: string }[];
}

export interface PoisonMessage {
  readonly digest: string;
  readonly reasons: readonly { readonly code: string; readonly message?: string }[];
  readonly tries: number;
  readonly givenUpAt: string;
  readonly message: string;
}

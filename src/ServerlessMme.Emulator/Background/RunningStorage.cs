namespace ServerlessMme.Emulator.Background;

/// <summary>Storage that runs in the background.</summary>
public sealed record RunningStorage(int ProcessId, DateTimeOffset StartedAt, StoragePorts Ports)
{
    /// <summary>Connection string for storage clients.</summary>
    public string ConnectionString => EmulatorAccount.At(Ports.Blob, Ports.Queue, Ports.Table);
}

/// <param name="WasRunning">True when nothing had to be started.</param>
public sealed record StartResult(RunningStorage Storage, bool WasRunning);

/// <param name="ProcessId">The process that was started last; null if none is recorded.</param>
public sealed record StopResult(StopOutcome Outcome, int? ProcessId);

/// <summary>What stopping did.</summary>
public enum StopOutcome
{
    /// <summary>Storage didn't run.</summary>
    NotRunning,

    /// <summary>Storage saved its data and ended.</summary>
    Stopped,

    /// <summary>Storage didn't end by itself, so it was killed. Its last seconds may be lost.</summary>
    Killed,

    /// <summary>Storage had ended, and another process has its ID. That one was left alone.</summary>
    OtherProcess,
}

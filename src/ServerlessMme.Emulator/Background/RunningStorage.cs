namespace ServerlessMme.Emulator.Background;

/// <summary>Storage that is running in the background.</summary>
public sealed record RunningStorage(int ProcessId, DateTimeOffset StartedAt, StoragePorts Ports)
{
    /// <summary>Connection string for storage clients.</summary>
    public string ConnectionString => EmulatorAccount.At(Ports.Blob, Ports.Queue, Ports.Table);
}

/// <param name="WasRunning">True if storage was already running.</param>
public sealed record StartResult(RunningStorage Storage, bool WasRunning);

/// <param name="ProcessId">The process that was started last; null if none is recorded.</param>
public sealed record StopResult(StopOutcome Outcome, int? ProcessId);

/// <summary>The result of stopping storage.</summary>
public enum StopOutcome
{
    /// <summary>Storage wasn't running.</summary>
    NotRunning,

    /// <summary>Storage saved its data and exited.</summary>
    Stopped,

    /// <summary>Storage didn't exit by itself, so it was killed. Data from the last few seconds may be lost.</summary>
    Killed,

    /// <summary>Storage had already exited, and another process has its ID. That process was not stopped.</summary>
    OtherProcess,
}

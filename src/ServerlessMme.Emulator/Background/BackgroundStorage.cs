namespace ServerlessMme.Emulator.Background;

/// <summary>
/// This user's storage emulator, which runs in the background and keeps its data. Safe to use from several processes.
/// </summary>
public sealed class BackgroundStorage
{
    /// <summary>Environment variable that names a folder to use instead of the user's folder.</summary>
    public const string FolderVariable = "MME_STORAGE_FOLDER";

    private readonly StorageFolder _folder;
    private readonly TimeProvider _time;
    private readonly Func<int, ProcessStart?> _startOf;

    /// <summary>Uses the folder of this user.</summary>
    public BackgroundStorage()
        : this(FindFolder(), TimeProvider.System, ProcessStart.Of)
    {
    }

    /// <param name="startOf">Returns the start of the process with an ID; null if it isn't running.</param>
    internal BackgroundStorage(string folder, TimeProvider time, Func<int, ProcessStart?> startOf)
    {
        _folder = new StorageFolder(folder);
        _time = time;
        _startOf = startOf;
    }

    /// <summary>Folder of the data, the log and the state.</summary>
    public string Folder => _folder.Root;

    /// <summary>The log of Azurite's output since its last start.</summary>
    public string LogFile => _folder.Log;

    /// <summary>Size of all data in bytes.</summary>
    public long MeasureData() => _folder.MeasureData();

    /// <summary>False if storage was never started, or was stopped. Doesn't read the state file.</summary>
    public bool MayRun => _folder.State.Exists;

    /// <summary>
    /// Returns the running storage; null if none is running. Takes a millisecond, and contacts no server.
    /// </summary>
    /// <exception cref="EmulatorException">The state file can't be read.</exception>
    public RunningStorage? Find() =>
        _folder.State.Read() is { } state && IsRunning(state) ? Running(state) : null;

    /// <summary>Starts storage with its data if it isn't already running. Installs Azurite first if needed.</summary>
    /// <param name="report">Receives a line before each slow step.</param>
    /// <exception cref="EmulatorException">
    /// A port is in use, storage is running on other ports, Node.js is missing, npm failed, or Azurite did not start.
    /// </exception>
    public async Task<StartResult> StartAsync(
        PortRequest request, Action<string> report, CancellationToken cancellationToken)
    {
        _folder.Create();
        using var only = await FileLock.AcquireAsync(_folder.LockFile, cancellationToken);
        if (_folder.State.Read() is { } state && IsRunning(state))
        {
            if (Running(state) is { } running)
            {
                return request.IsMetBy(running.Ports)
                    ? new StartResult(running, WasRunning: true)
                    : throw new EmulatorException(
                        $"Local storage is already running on ports {running.Ports.Blob}, {running.Ports.Queue} and "
                        + $"{running.Ports.Table}. To use other ports, run 'mme storage stop' first.");
            }

            // The process that started it was killed before storage responded.
            await EndAsync(state, cancellationToken);
        }

        return new StartResult(
            await LaunchAsync(request.OrDefault(), report, cancellationToken), WasRunning: false);
    }

    /// <summary>Stops storage. Its data is kept.</summary>
    /// <exception cref="EmulatorException">The state file can't be read, or the process can't be ended.</exception>
    public async Task<StopResult> StopAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Folder))
        {
            return new StopResult(StopOutcome.NotRunning, null);
        }

        using var only = await FileLock.AcquireAsync(_folder.LockFile, cancellationToken);
        return await StopLockedAsync(cancellationToken);
    }

    /// <summary>Deletes all data. Running storage is stopped first, and then restarted on the same ports.</summary>
    /// <param name="report">Receives a line before each slow step.</param>
    /// <returns>The restarted storage; null if none was running.</returns>
    /// <exception cref="EmulatorException">Storage can't be stopped or restarted.</exception>
    public async Task<RunningStorage?> ResetAsync(Action<string> report, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Folder))
        {
            return null;
        }

        using var only = await FileLock.AcquireAsync(_folder.LockFile, cancellationToken);
        var ran = Find();
        await StopLockedAsync(cancellationToken);
        _folder.DeleteData();
        return ran is null ? null : await LaunchAsync(ran.Ports, report, cancellationToken);
    }

    private async Task<StopResult> StopLockedAsync(CancellationToken cancellationToken)
    {
        if (_folder.State.Read() is not { } state)
        {
            return new StopResult(StopOutcome.NotRunning, null);
        }

        var outcome = StopOutcome.NotRunning;
        if (IsRunning(state))
        {
            outcome = await EndAsync(state, cancellationToken) ? StopOutcome.Stopped : StopOutcome.Killed;
        }
        else if (_startOf(state.ProcessId) is not null)
        {
            outcome = StopOutcome.OtherProcess;
        }

        _folder.State.Delete();
        return new StopResult(outcome, state.ProcessId);
    }

    private async Task<RunningStorage> LaunchAsync(
        StoragePorts ports, Action<string> report, CancellationToken cancellationToken)
    {
        await PortCheck.CheckAsync(ports, cancellationToken);
        var program = await AzuriteInstall.EnsureAsync(report, cancellationToken);
        _folder.Create();
        var processId = await AzuriteProcess.LaunchAsync(program, _folder, ports);
        var start = _startOf(processId) ?? throw new EmulatorException(
            $"Azurite exited immediately after it started. Check {_folder.Log} for the reason.");
        var state = new StorageState(
            StorageState.CurrentVersion, processId, start, _time.GetUtcNow(), Ports: null,
            // On other systems, the name can change with the network, and home folders are rarely shared.
            OperatingSystem.IsLinux() ? Environment.MachineName : null);
        try
        {
            // Written before storage responds, so a killed start leaves no untracked process.
            _folder.State.Write(state);
            ports = await AzuriteProcess.WaitUntilReadyAsync(_folder, () => IsRunning(state), cancellationToken);
            state = state with { Ports = ports };
            _folder.State.Write(state);
            return Running(state)!;
        }
        catch
        {
            AzuriteProcess.Kill(processId, () => IsRunning(state));
            _folder.State.Delete();
            throw;
        }
    }

    private Task<bool> EndAsync(StorageState state, CancellationToken cancellationToken) =>
        AzuriteProcess.EndAsync(_folder, state.ProcessId, () => IsRunning(state), cancellationToken);

    /// <exception cref="EmulatorException">Storage was started by another machine that shares the folder.</exception>
    private bool IsRunning(StorageState state)
    {
        // A container also has its own name, and can't see the processes outside.
        if (state.Machine is { } machine && machine != Environment.MachineName)
        {
            throw new EmulatorException(
                $"The storage in '{Folder}' was started on the machine '{machine}'. Run 'mme storage stop' there, or "
                + $"set {FolderVariable} to another folder here. If that storage is no longer running, delete "
                + $"'{_folder.State.FullPath}'.");
        }

        return _startOf(state.ProcessId) is { } start && start.IsSame(state.ProcessStart);
    }

    private static RunningStorage? Running(StorageState state) =>
        state.Ports is { } ports ? new RunningStorage(state.ProcessId, state.StartedAt, ports) : null;

    private static string FindFolder() => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Path.Combine(UserFolder.FullPath, "storage");
}

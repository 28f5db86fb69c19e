using ServerlessMme.Emulator.Background;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Emulator.Tests.Background;

public sealed class BackgroundStorageTests : IDisposable
{
    private const int ProcessId = 4711;
    private static readonly ProcessStart Start = new("boot", 42);

    private readonly TemporaryFolder _temporary = new();
    private readonly Dictionary<int, ProcessStart> _processes = new() { [ProcessId] = Start };
    private readonly StorageFolder _folder;
    private readonly BackgroundStorage _storage;

    public BackgroundStorageTests()
    {
        _folder = new StorageFolder(_temporary.PathOf("storage"));
        _storage = new BackgroundStorage(_folder.Root, TimeProvider.System, id => _processes.GetValueOrDefault(id));
    }

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Storage_whose_process_runs_is_found()
    {
        Write(new StoragePorts(1, 2, 3));

        var found = _storage.Find();

        Assert.Equal(new RunningStorage(ProcessId, DateTimeOffset.UnixEpoch, new StoragePorts(1, 2, 3)), found);
        Assert.EndsWith(
            "BlobEndpoint=http://127.0.0.1:1/devstoreaccount1;QueueEndpoint=http://127.0.0.1:2/devstoreaccount1;"
            + "TableEndpoint=http://127.0.0.1:3/devstoreaccount1;",
            found!.ConnectionString,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Storage_that_was_never_started_is_not_found()
    {
        Assert.Null(_storage.Find());
        Assert.Equal(0, _storage.MeasureData());
        Assert.False(Directory.Exists(_folder.Root));
    }

    [Fact]
    public void Storage_whose_process_has_ended_is_not_found()
    {
        Write(StoragePorts.Default);
        _processes.Clear();

        Assert.Null(_storage.Find());
    }

    [Fact]
    public void Storage_of_another_machine_is_left_alone()
    {
        _folder.Create();
        _folder.State.Write(new StorageState(
            StorageState.CurrentVersion, ProcessId, Start, DateTimeOffset.UnixEpoch, StoragePorts.Default, "elsewhere"));

        Assert.Contains(
            "started on the machine 'elsewhere'",
            Assert.Throws<EmulatorException>(() => _storage.Find()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Another_process_with_the_same_ID_is_not_storage()
    {
        Write(StoragePorts.Default);
        _processes[ProcessId] = Start with { Value = 43 };

        Assert.Null(_storage.Find());
    }

    [Fact]
    public void Storage_that_does_not_answer_yet_is_not_found()
    {
        Write(ports: null);

        Assert.Null(_storage.Find());
    }

    [Fact]
    public async Task Starting_storage_that_runs_returns_it()
    {
        Write(new StoragePorts(1, 2, 3));

        var started = await StartAsync(new PortRequest(Blob: 1, Queue: 0));

        Assert.True(started.WasRunning);
        Assert.Equal(new StoragePorts(1, 2, 3), started.Storage.Ports);
    }

    [Fact]
    public async Task Starting_storage_at_other_ports_than_it_runs_is_refused()
    {
        Write(new StoragePorts(1, 2, 3));

        var refusal = await Assert.ThrowsAsync<EmulatorException>(() => StartAsync(new PortRequest(Blob: 4)));

        Assert.Contains("mme storage stop", refusal.Message, StringComparison.Ordinal);
        Assert.NotNull(_storage.Find());
    }

    [Fact]
    public async Task Stopping_leaves_another_process_with_the_same_ID_alone()
    {
        // This process: were it not left alone, the test would never end.
        _folder.Create();
        _folder.State.Write(State(StoragePorts.Default) with { ProcessId = Environment.ProcessId });
        var storage = new BackgroundStorage(_folder.Root, TimeProvider.System, ProcessStart.Of);

        var stopped = await storage.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(new StopResult(StopOutcome.OtherProcess, Environment.ProcessId), stopped);
        Assert.Null(_folder.State.Read());
        Assert.False(File.Exists(_folder.StopFile));
    }

    [Fact]
    public async Task Stopping_storage_whose_process_has_ended_forgets_it()
    {
        Write(StoragePorts.Default);
        _processes.Clear();

        var stopped = await _storage.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(StopOutcome.NotRunning, stopped.Outcome);
        Assert.Null(_folder.State.Read());
    }

    [Fact]
    public async Task Stopping_and_emptying_storage_that_never_ran_changes_nothing()
    {
        var stopped = await _storage.StopAsync(TestContext.Current.CancellationToken);
        var running = await _storage.ResetAsync(_ => { }, TestContext.Current.CancellationToken);

        Assert.Equal(new StopResult(StopOutcome.NotRunning, null), stopped);
        Assert.Null(running);
        Assert.False(Directory.Exists(_folder.Root));
    }

    [Fact]
    public async Task Emptying_storage_that_does_not_run_deletes_its_data_and_nothing_else()
    {
        _folder.Create();
        await File.WriteAllTextAsync(Path.Combine(_folder.Data, "blobs"), "data");
        await File.WriteAllTextAsync(_folder.Log, "log");
        Assert.Equal(4, _storage.MeasureData());

        var running = await _storage.ResetAsync(_ => { }, TestContext.Current.CancellationToken);

        Assert.Null(running);
        Assert.Equal(0, _storage.MeasureData());
        Assert.True(File.Exists(_folder.Log));
    }

    [Fact]
    public void Only_this_user_may_enter_the_folder()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        _folder.Create();

        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(ownerOnly, File.GetUnixFileMode(_folder.Root));
        Assert.Equal(ownerOnly, File.GetUnixFileMode(_folder.Data));
    }

    private Task<StartResult> StartAsync(PortRequest request) =>
        _storage.StartAsync(request, _ => { }, TestContext.Current.CancellationToken);

    private void Write(StoragePorts? ports)
    {
        _folder.Create();
        _folder.State.Write(State(ports));
    }

    private static StorageState State(StoragePorts? ports) =>
        new(StorageState.CurrentVersion, ProcessId, Start, DateTimeOffset.UnixEpoch, ports);
}

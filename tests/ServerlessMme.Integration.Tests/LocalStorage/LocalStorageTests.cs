using System.Diagnostics;
using System.Text.Json;
using Azure.Storage.Blobs;
using ServerlessMme.Integration.Tests.Failures;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.LocalStorage;

public sealed class LocalStorageTests : IAsyncDisposable
{
    private const int Timeout = 300_000;
    private const string Found = "Using local storage started by 'mme storage start' (127.0.0.1:";
    private readonly UserStorage _storage = new();

    public ValueTask DisposeAsync() => _storage.DisposeAsync();

    [Fact(Timeout = Timeout)]
    public async Task Other_commands_find_storage_that_runs_and_nothing_when_it_stopped()
    {
        await SucceedsAsync("storage", "start", "--blob-port", "0", "--queue-port", "0", "--table-port", "0");
        var pushed = await SucceedsAsync("models", "push", "models/cifar10");
        var listed = await SucceedsAsync("models", "list");

        Assert.Contains(Found, pushed.Error, StringComparison.Ordinal);
        Assert.Contains(Found, listed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Using", listed.Output, StringComparison.Ordinal);
        Assert.Contains("cifar10", listed.Output, StringComparison.Ordinal);

        await SucceedsAsync("storage", "stop");
        var stopped = await _storage.RunAsync("models", "list");

        Assert.Equal(4, stopped.ExitCode);
        Assert.Contains("'mme storage start'", stopped.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Data_outlives_a_stop_and_ends_with_a_reset()
    {
        await _storage.StartAsync();
        await SucceedsAsync("models", "push", "models/cifar10");
        await SucceedsAsync("storage", "stop");
        await _storage.StartAsync();
        Assert.Contains("cifar10", (await SucceedsAsync("models", "list")).Output, StringComparison.Ordinal);
        var (_, before) = await _storage.StatusAsync();

        var refused = await _storage.RunAsync("storage", "reset");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--yes", refused.Error, StringComparison.Ordinal);
        Assert.Contains("cifar10", (await SucceedsAsync("models", "list")).Output, StringComparison.Ordinal);

        await SucceedsAsync("storage", "reset", "--yes");

        Assert.DoesNotContain("cifar10", (await SucceedsAsync("models", "list")).Output, StringComparison.Ordinal);
        var (_, after) = await _storage.StatusAsync();
        Assert.Equal(before.GetProperty("connectionString").GetString(),
            after.GetProperty("connectionString").GetString());
        Assert.NotEqual(before.GetProperty("processId").GetInt32(), after.GetProperty("processId").GetInt32());
    }

    [Fact(Timeout = Timeout)]
    public async Task Storage_without_a_poison_queue_has_no_messages_in_it()
    {
        await _storage.StartAsync();

        var listed = await SucceedsAsync("poison", "list");
        var json = await SucceedsAsync("poison", "list", "--json");
        var retried = await SucceedsAsync("poison", "retry", "--all");

        Assert.Contains("0 messages in the poison queue.", listed.Output, StringComparison.Ordinal);
        Assert.Equal("[]", json.Output.Trim());
        Assert.Contains("0 messages", retried.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task The_status_tells_scripts_whether_and_where_storage_runs()
    {
        var (exitCode, status) = await _storage.StatusAsync();
        Assert.Equal(3, exitCode);
        Assert.False(status.GetProperty("running").GetBoolean());
        Assert.False(status.TryGetProperty("connectionString", out _));

        var started = await _storage.StartAsync();
        (exitCode, status) = await _storage.StatusAsync();

        Assert.Equal(0, exitCode);
        Assert.True(status.GetProperty("running").GetBoolean());
        Assert.Equal(_storage.Folder, status.GetProperty("folder").GetString());
        var connection = status.GetProperty("connectionString").GetString()!;
        Assert.Contains(
            $"export Mme__Storage__ConnectionString='{connection}'", started.Output, StringComparison.Ordinal);
        Assert.Contains(
            $"$env:Mme__Storage__ConnectionString = '{connection}'", started.Output, StringComparison.Ordinal);
        var plain = (await SucceedsAsync("storage", "status")).Output;
        Assert.Equal(2, plain.Split(connection).Length);
        Assert.True(await new BlobServiceClient(connection).GetPropertiesAsync() is { HasValue: true });
        await SucceedsAsync("storage", "stop");
        Assert.Equal(3, (await _storage.RunAsync("storage", "status")).ExitCode);
    }

    [Fact(Timeout = Timeout)]
    public async Task Two_starts_at_once_start_one()
    {
        var both = await Task.WhenAll(_storage.StartAsync(), _storage.StartAsync());

        Assert.All(both, each => Assert.True(each.ExitCode == 0, each.Output + each.Error));
        Assert.Single(both, each => each.Output.Contains("is already running", StringComparison.Ordinal));
        var processId = await _storage.ProcessIdAsync();
        Assert.All(both, each => Assert.Contains($"process {processId}.", each.Output, StringComparison.Ordinal));
    }

    [Fact(Timeout = Timeout)]
    public async Task Storage_has_a_session_of_its_own()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has /proc.");
        await _storage.StartAsync();
        var processId = await _storage.ProcessIdAsync();

        // After the name in parentheses come state, parent, process group and session.
        var stat = await File.ReadAllTextAsync($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        Assert.Equal([$"{processId}", $"{processId}"], fields[2..4]);
        Assert.Equal("/dev/null", new FileInfo($"/proc/{processId}/fd/0").LinkTarget);
        Assert.Equal(Path.Combine(_storage.Folder, "azurite.log"), new FileInfo($"/proc/{processId}/fd/1").LinkTarget);
        Assert.Equal(Path.Combine(_storage.Folder, "azurite.log"), new FileInfo($"/proc/{processId}/fd/2").LinkTarget);
    }

    [Fact(Timeout = Timeout)]
    public async Task Storage_that_was_killed_starts_again()
    {
        await _storage.StartAsync();
        var first = await _storage.ProcessIdAsync();
        using (var process = Process.GetProcessById(first))
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        Assert.Equal(3, (await _storage.StatusAsync()).ExitCode);
        Assert.Equal(4, (await _storage.RunAsync("models", "list")).ExitCode);
        var again = await _storage.StartAsync();

        Assert.DoesNotContain("already", again.Output, StringComparison.Ordinal);
        Assert.NotEqual(first, await _storage.ProcessIdAsync());
    }

    [Fact(Timeout = Timeout)]
    public async Task Stop_leaves_a_process_alone_that_got_the_ID_of_storage()
    {
        await _storage.StartAsync();
        var state = Path.Combine(_storage.Folder, "state.json");
        var json = await File.ReadAllTextAsync(state);
        var real = await _storage.ProcessIdAsync();
        await using var other = MmeProcess.Start(null, "serve", "--models-dir", "models", "--port", "0");
        await other.ServingAsync();
        await File.WriteAllTextAsync(state, json.Replace(
            $"\"processId\":{real},", $"\"processId\":{other.Id},", StringComparison.Ordinal));

        var stopped = await SucceedsAsync("storage", "stop");

        Assert.Contains($"Process {other.Id} is now another program", stopped.Output, StringComparison.Ordinal);
        Assert.False(other.HasExited);
        await File.WriteAllTextAsync(state, json);
        Assert.Equal(real, await _storage.ProcessIdAsync());
    }

    [Fact(Timeout = Timeout)]
    public async Task An_account_that_is_set_comes_first()
    {
        await _storage.StartAsync();
        var closed = SilentStorage.Closed();

        foreach (var finished in new[]
        {
            await _storage.RunAsync(closed, ["models", "list"]),
            await _storage.RunAsync("models", "list", "--storage", closed),
        })
        {
            Assert.Equal(5, finished.ExitCode);
            Assert.DoesNotContain("Using local storage", finished.Error, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task A_worker_labels_what_is_dropped_into_local_storage()
    {
        await _storage.StartAsync();
        await SucceedsAsync("models", "push", "models/cifar10");
        await using var worker = MmeProcess.Start(null, [("MME_STORAGE_FOLDER", _storage.Folder)], ["worker"]);
        await worker.ListeningAsync();

        var submitted = await SucceedsAsync("submit", "sample-images/cifar10", "--model", "cifar10", "--watch");

        Assert.Contains(Found, worker.Errors, StringComparison.Ordinal);
        Assert.Contains(Found, submitted.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_port_in_use_is_refused_with_the_way_out()
    {
        using var taken = new SilentStorage();

        var refused = await _storage.RunAsync("storage", "start", "--blob-port", $"{taken.Port}");

        Assert.Equal(6, refused.ExitCode);
        Assert.Contains($"Port {taken.Port} is in use", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--blob-port", refused.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task The_demo_keeps_its_results_in_local_storage()
    {
        await _storage.StartAsync();
        var first = await SucceedsAsync("demo", "--keep");
        var second = await SucceedsAsync("demo", "--keep");

        Assert.All(new[] { first, second }, demo =>
        {
            Assert.DoesNotContain("wrong", demo.Output, StringComparison.Ordinal);
            Assert.Contains("export Mme__Storage__ConnectionString=", demo.Output, StringComparison.Ordinal);
        });
        var labels = await SucceedsAsync("labels", "cifar10");
        Assert.Contains("airplane-1.jpg", labels.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task By_default_the_folder_is_in_the_users_folder_for_data()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows doesn't take this folder from the environment.");
        using var home = new TemporaryFolder();

        var finished = await MmeProcess.RunAsync(
            null, [("MME_STORAGE_FOLDER", ""), ("XDG_DATA_HOME", home.Root)], ["storage", "status", "--json"]);

        using var status = JsonDocument.Parse(finished.Output);
        Assert.Equal(
            home.PathOf("serverless-mme", "storage"), status.RootElement.GetProperty("folder").GetString());
        Assert.Equal(3, finished.ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(home.Root));
    }

    private async Task<Finished> SucceedsAsync(params string[] command)
    {
        var finished = await _storage.RunAsync(command);
        Assert.True(finished.ExitCode == 0, $"{string.Join(' ', command)}: {finished.Output}{finished.Error}");
        return finished;
    }
}

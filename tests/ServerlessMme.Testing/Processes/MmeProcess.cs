using System.Diagnostics;
using System.Text;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Testing.Processes;

/// <summary>
/// <c>mme</c> in a process of its own, killed at the end of the test. Test projects that use it must reference
/// ServerlessMme.Cli, which puts <c>mme.dll</c> beside the tests.
/// </summary>
public sealed class MmeProcess : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "mme.dll");
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MmeProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                return;
            }

            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }

            if (line.Data.Contains("Listening to", StringComparison.Ordinal))
            {
                _listening.TrySetResult();
            }
        };
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The exit code, after the process has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Everything on standard error so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Completes when a worker reports that it listens to its queue.</summary>
    public Task ListeningAsync() => _listening.Task.WaitAsync(TimeSpan.FromSeconds(60));

    /// <param name="connection">Connection string of the account; null leaves the setting out.</param>
    public static MmeProcess Start(string? connection, params string[] arguments) => Start(connection, [], arguments);

    /// <param name="settings">Further environment variables.</param>
    /// <param name="folder">Working directory; null is the repository's root.</param>
    public static MmeProcess Start(
        string? connection, IEnumerable<(string Name, string Value)> settings, string[] arguments,
        string? folder = null)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            WorkingDirectory = folder ?? Repository.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Storage that the developer runs for other purposes must not be found.
        start.Environment["MME_STORAGE_FOLDER"] = Path.Combine(AppContext.BaseDirectory, "no-local-storage");
        if (connection is not null)
        {
            start.Environment["Mme__Storage__ConnectionString"] = connection;
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return new MmeProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end.</summary>
    public static Task<Finished> RunAsync(string? connection, params string[] arguments) =>
        RunAsync(connection, [], arguments);

    /// <inheritdoc cref="Start(string?, IEnumerable{ValueTuple{string, string}}, string[], string?)"/>
    public static async Task<Finished> RunAsync(
        string? connection, IEnumerable<(string Name, string Value)> settings, string[] arguments)
    {
        await using var mme = Start(connection, settings, arguments);
        return await mme.FinishAsync();
    }

    /// <summary>Runs a command in a folder to its end, without storage.</summary>
    public static async Task<Finished> RunInAsync(string folder, params string[] arguments)
    {
        await using var mme = Start(null, [], arguments, folder);
        return await mme.FinishAsync();
    }

    /// <summary>The next line on standard output; null at its end.</summary>
    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync();

    /// <summary>The address that <c>mme serve</c> prints first.</summary>
    public async Task<Uri> ServingAsync()
    {
        const string listening = "Listening at ";
        var line = await ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.StartsWith(listening, line, StringComparison.Ordinal);
        return new Uri(line![listening.Length..]);
    }

    public Task WaitForExitAsync() => _process.WaitForExitAsync(TestContext.Current.CancellationToken);

    /// <summary>Ends the process as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await WaitForExitAsync();
    }

    /// <summary>True when processes that the tests start inherit that SIGINT is ignored.</summary>
    public static bool InterruptIsIgnored
    {
        get
        {
            const string ignored = "SigIgn:";
            const string status = "/proc/self/status";
            var line = File.Exists(status)
                ? File.ReadLines(status).FirstOrDefault(each => each.StartsWith(ignored, StringComparison.Ordinal))
                : null;
            // The lowest bit is signal 1, and SIGINT is 2.
            return line is not null && (Convert.ToUInt64(line[ignored.Length..].Trim(), 16) & 0b10) != 0;
        }
    }

    /// <summary>Sends what Ctrl-C sends, without waiting for the end.</summary>
    public Task InterruptAsync() => SignalAsync("-INT");

    /// <summary>Sends SIGTERM, without waiting for the end.</summary>
    public Task TerminateAsync() => SignalAsync("-TERM");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    /// <summary>Waits for the end.</summary>
    public async Task<Finished> FinishAsync()
    {
        var output = await _process.StandardOutput.ReadToEndAsync();
        await WaitForExitAsync();
        return new Finished(ExitCode, output, Errors);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, $"{Id}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }
}

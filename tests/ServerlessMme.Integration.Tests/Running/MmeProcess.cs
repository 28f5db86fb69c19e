using System.Diagnostics;
using System.Text;

namespace ServerlessMme.Integration.Tests.Running;

/// <summary><c>mme</c> as its own process, ended by its id when the test is over.</summary>
public sealed class MmeProcess : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "mme.dll");
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource _spoke = new(TaskCreationOptions.RunContinuationsAsynchronously);

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
                _spoke.TrySetResult();
            }
        };
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

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

    /// <summary>Completes when a worker says that it listens.</summary>
    public Task ListeningAsync() => _spoke.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public static MmeProcess Start(string? connection, params string[] arguments) => Start(connection, [], arguments);

    /// <param name="settings">Further settings, as the environment has them.</param>
    public static MmeProcess Start(
        string? connection, IEnumerable<(string Name, string Value)> settings, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Program);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

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

    /// <summary>Runs to the end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string? connection, params string[] arguments)
    {
        await using var mme = Start(connection, arguments);
        var output = await mme._process.StandardOutput.ReadToEndAsync();
        await mme.WaitForExitAsync();
        return (mme._process.ExitCode, output, mme.Errors);
    }

    /// <summary>The next line on standard output; null at its end.</summary>
    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync();

    public Task WaitForExitAsync() => _process.WaitForExitAsync(TestContext.Current.CancellationToken);

    /// <summary>Ends the process as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await WaitForExitAsync();
    }

    /// <summary>What Ctrl-C sends.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", $"{Id}"]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}

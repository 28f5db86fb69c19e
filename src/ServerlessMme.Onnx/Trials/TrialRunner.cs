using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Sessions;

namespace ServerlessMme.Onnx.Trials;

/// <summary>
/// Tries models that this machine has never loaded, in a child process if possible, so a model that hangs, crashes or
/// takes all memory is refused and affects nothing else. Thread-safe.
/// </summary>
internal sealed class TrialRunner(
    TrialSettings settings, TrialCommand? command, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>
    /// Memory for activations and the runtime itself, reserved for a first trial in addition to the memory for the
    /// file.
    /// </summary>
    private const long LeastBytes = 64 << 20;

    /// <summary>
    /// While a file is optimized, it takes this many times its size: as read, as run, and as written.
    /// </summary>
    private const int LoadFactor = 3;

    /// <summary>A trial that ran out of memory is repeated with this many times as much.</summary>
    private const int Growth = 4;

    private readonly TrialPool? _pool = command is null ? null : new TrialPool(command, time);
    private volatile bool _broken;
    private volatile bool _worked;

    /// <summary>True if trials run in child processes.</summary>
    public bool HasProcesses => _pool is not null && !_broken;

    /// <summary>Starts a child process before it is needed, if trials run in one.</summary>
    public void Prepare() => _pool?.Prepare();

    /// <summary>Tries a model. Returns a report if the model passed, and otherwise a refusal.</summary>
    /// <param name="onnxPath">The file, already inspected.</param>
    /// <param name="folder">An empty folder for the optimized model; null if it can't be kept.</param>
    /// <exception cref="IOException">
    /// The folder cannot be used, or no child process could be started although that worked before.
    /// </exception>
    public async Task<Outcome<TrialReport>> RunAsync(ModelName name, Manifest manifest, string manifestPath,
        string onnxPath, string? folder, LoadAllowance allowance, CancellationToken cancellationToken)
    {
        if (!HasProcesses)
        {
            return RunHere(name, manifest, onnxPath, folder, allowance, cancellationToken);
        }

        var wanted = LeastBytes + (LoadFactor * (new FileInfo(onnxPath).Length + manifest.Input.ByteCount));
        var bytes = await allowance.ReserveAsync(wanted, cancellationToken);
        var crashed = false;
        while (true)
        {
            var request = new TrialRequest(
                name.Value, manifestPath, onnxPath, folder, bytes, settings.RunTimeout, settings.IntraOpThreads);
            var report = await _pool!.RunAsync(request, allowance.Time, cancellationToken);
            _worked |= report.End != TrialEnd.NotStarted;
            switch (report.End)
            {
                case TrialEnd.Passed:
                    return report;
                case TrialEnd.LoadTimeout:
                    return LoadRefusals.TooSlowToLoad(name, allowance.Time);
                case TrialEnd.RunTimeout:
                    return LoadRefusals.TooSlowToRun(name, settings.RunTimeout);
                case TrialEnd.NotStarted when _worked:
                    throw new IOException($"No child process could be started to test model '{name}'. The machine "
                        + "may be out of memory or at its process limit.");
                case TrialEnd.NotStarted:
                    LogBroken();
                    return RunHere(name, manifest, onnxPath, folder, allowance, cancellationToken);
                case TrialEnd.Crashed when crashed:
                    return LoadRefusals.Crashed(name, report.Detail);
                case TrialEnd.OutOfMemory or TrialEnd.KilledBySystem or TrialEnd.Crashed:
                    if (bytes < wanted)
                    {
                        return AtTheTop(name, report, bytes);
                    }

                    // A process may also crash because memory is short, so a model that crashes is tried once more.
                    crashed = report.End == TrialEnd.Crashed;
                    wanted = bytes * Growth;
                    bytes = await allowance.ReserveAsync(wanted, cancellationToken);
                    Empty(folder);
                    break;
                default:
                    return report.Refusal!;
            }
        }
    }

    public void Dispose() => _pool?.Dispose();

    private Outcome<TrialReport> RunHere(ModelName name, Manifest manifest, string onnxPath, string? folder,
        LoadAllowance allowance, CancellationToken cancellationToken)
    {
        var opening = new SessionOpening(allowance.Time, time);
        var report = new Trial(name, manifest, onnxPath, folder, opening, settings.RunTimeout, time)
            .Run(measure: false, _ => { }, cancellationToken);
        return report.End switch
        {
            TrialEnd.Passed => report,
            TrialEnd.OutOfMemory => LoadRefusals.OutOfMemory(name, report.Detail),
            TrialEnd.LoadTimeout => LoadRefusals.TooSlowToLoad(name, allowance.Time),
            TrialEnd.RunTimeout => LoadRefusals.TooSlowToRun(name, settings.RunTimeout),
            _ => report.Refusal!,
        };
    }

    /// <summary>Returns the refusal of a model that failed with all the memory that it can get.</summary>
    private static Refusal AtTheTop(ModelName name, TrialReport report, long bytes) => report.End switch
    {
        TrialEnd.Crashed => LoadRefusals.Crashed(name, report.Detail),
        TrialEnd.KilledBySystem => LoadRefusals.OutOfMemory(name, "the system killed the child process that tested it"),
        _ => LoadRefusals.TooGreedy(name, bytes),
    };

    private static void Empty(string? folder)
    {
        if (folder is not null)
        {
            Directory.Delete(folder, recursive: true);
            Directory.CreateDirectory(folder);
        }
    }

    private void LogBroken()
    {
        if (!_broken)
        {
            _broken = true;
            logger.LogWarning(
                "No child process of {Program} responds, so this process tests new models itself. A model that hangs "
                + "or takes all memory therefore also stops the other models.", command!.Program);
        }
    }
}

/// <summary>The settings that a trial needs.</summary>
internal sealed record TrialSettings(TimeSpan RunTimeout, int IntraOpThreads);

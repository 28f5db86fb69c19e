using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Memory;
using ServerlessMme.Onnx.Pages;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store;
using ServerlessMme.Onnx.Trials;

namespace ServerlessMme.Onnx;

/// <summary>
/// Loads ONNX models into this process. Create it before anything else uses ONNX Runtime, because it sets up the thread
/// pool that all models share. Dispose it after its backends. Thread-safe.
/// </summary>
public sealed class OnnxBackendFactory : IBackendFactory, IDisposable
{
    internal const string BackendType = "onnx";
    private readonly OnnxOptions _options;
    private readonly TensorStore? _store;
    private readonly DirectoryInfo? _temporary;
    private readonly TimeProvider _time;
    private readonly TrialRunner _trials;
    private readonly SessionLoader _loader;
    private readonly MemoryReturn _memory;
    private readonly ReadAhead _ahead = new();

    /// <exception cref="InvalidOperationException">ONNX Runtime is already running with other settings.</exception>
    /// <param name="limitBytes">The process's memory limit, in bytes.</param>
    public OnnxBackendFactory(
        OnnxOptions options, TimeProvider? time = null, ILogger<OnnxBackendFactory>? logger = null,
        long limitBytes = long.MaxValue)
        : this(options, time ?? TimeProvider.System, logger, TrialHost.Command, limitBytes)
    {
    }

    /// <param name="command">Starts the child processes that try new models. If null, this process tries them.</param>
    internal OnnxBackendFactory(
        OnnxOptions options, TimeProvider time, ILogger<OnnxBackendFactory>? logger, TrialCommand? command,
        long limitBytes = long.MaxValue)
    {
        logger ??= NullLogger<OnnxBackendFactory>.Instance;
        OnnxEnvironment.Start(options.IntraOpThreads, limitBytes);
        _options = options;
        _time = time;
        _memory = new MemoryReturn(time);
        (_store, _temporary) = OpenStore(options, limitBytes, time, logger);
        _trials = new TrialRunner(
            new TrialSettings(options.RunTimeout, options.IntraOpThreads), command, time, logger);
        if (_store is { IsEmpty: true })
        {
            // The first model needs a trial. The process for it can start in the meantime.
            _ = Task.Run(_trials.Prepare);
        }

        _loader = new SessionLoader(options, _store, _trials, time, logger, _memory.Ask);
    }

    public string Type => BackendType;

    public IReadOnlyList<TrunkStatus> Trunks => _store?.Trunks.Status() ?? [];

    public PageUse? Pages => PageAdvice.IsSupported && _store is { Pages.IsOff: false } store
        ? store.Pages.Sample()
        : null;

    /// <summary>
    /// Loads ONNX Runtime's library on another thread. This takes a tenth of a second, during which the host can start.
    /// Call it before anything else; the constructor waits for it.
    /// </summary>
    public static void PrepareRuntime()
    {
        // This must happen before other threads start, because they may read environment variables at any time.
        RuntimeTelemetry.Disable();
        _ = Task.Run(OnnxEnvironment.LoadLibrary);
    }

    public Task<Outcome<IBackend>> CreateAsync(ModelDescriptor descriptor, ModelFiles files, Manifest manifest,
        LoadAllowance allowance, CancellationToken cancellationToken) =>
        Task.Run(() => LoadAsync(descriptor.Name, files, manifest, allowance, cancellationToken), cancellationToken);

    public void Dispose()
    {
        _trials.Dispose();
        _store?.Dispose();
        _memory.Dispose();
        try
        {
            _temporary?.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The system clears its temporary folder.
        }
    }

    /// <summary>
    /// Opens the store, or a store in a temporary folder if that fails. Without a store, models still load, but more
    /// slowly.
    /// </summary>
    private static (TensorStore? Store, DirectoryInfo? Temporary) OpenStore(
        OnnxOptions options, long limitBytes, TimeProvider time, ILogger logger)
    {
        if (options.StorePath is not { } path)
        {
            return (null, null);
        }

        try
        {
            return (new TensorStore(path, options.StoreMaxBytes, time, logger, limitBytes), null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(
                "The tensor store in {Folder} cannot be used ({Reason}). This process uses a temporary folder instead. "
                + "Set Mme:Onnx:StorePath or Mme:Artifacts:Folder to a writable folder.",
                path, exception.Message);
        }

        DirectoryInfo? temporary = null;
        try
        {
            temporary = Directory.CreateTempSubdirectory("serverless-mme-tensors-");
            return (new TensorStore(temporary.FullName, options.StoreMaxBytes, time, logger, limitBytes), temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(
                "A temporary folder cannot be used for the tensor store either ({Reason}). Without a store, every load "
                + "optimizes the model again and keeps its tensors in private memory.",
                exception.Message);
            return (null, temporary);
        }
    }

    private async Task<Outcome<IBackend>> LoadAsync(ModelName name, ModelFiles files, Manifest manifest,
        LoadAllowance allowance, CancellationToken cancellationToken)
    {
        var outcome = await _loader.LoadAsync(name, files, manifest, allowance, cancellationToken);
        return outcome.TryGet(out var model, out var refusal)
            ? new OnnxBackend(name, model, manifest, _options, _time, _ahead, _memory.Ask)
            : refusal;
    }
}

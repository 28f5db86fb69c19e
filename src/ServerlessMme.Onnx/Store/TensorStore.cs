using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Pages;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store.Proto;
using ServerlessMme.Onnx.Trunks;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// Models optimized for this machine, on disk: a small graph per model, and large tensors in packs. Each model adds a
/// pack with the tensors that no other pack has, so models with the same weights share packs, on disk and in memory.
/// Files are complete when they appear, and never change. Damaged files are deleted and recreated from the artifact.
/// Thread-safe, and safe between processes on one machine.
/// </summary>
internal sealed class TensorStore : IDisposable
{
    private readonly StoreLayout _layout;
    private readonly StoreUser _user;
    private readonly StoredSessions _sessions;
    private readonly StoreIndex _index;
    private readonly Chains _chains;
    private readonly long _capBytes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _adding = new(1);
    private bool _swept;

    /// <param name="path">The store's folder, created if missing.</param>
    /// <param name="capBytes">Size on disk above which the least recently used models are removed.</param>
    /// <param name="limitBytes">The process's memory limit, in bytes.</param>
    /// <exception cref="IOException">The folder cannot be created or used.</exception>
    public TensorStore(
        string path, long capBytes, TimeProvider time, ILogger logger, long limitBytes = long.MaxValue)
    {
        _layout = new StoreLayout(path);
        _capBytes = capBytes;
        _time = time;
        _logger = logger;
        _index = new StoreIndex(_layout);
        Pages = new PageKeeper(time, logger, limitBytes);
        using (var held = StoreLock.TryTake(_layout.Lock))
        {
            if (held is not null)
            {
                StoreUser.SweepDead(_layout);
            }
        }

        _user = new StoreUser(_layout);
        _sessions = new StoredSessions(_layout, _user, new PackMaps(_layout, Pages), time);
        _chains = new Chains(_layout, _sessions, _index);
    }

    /// <summary>The trunks in memory.</summary>
    public TrunkSessions Trunks => _chains.Trunks;

    /// <summary>The mapped packs.</summary>
    public PageKeeper Pages { get; }

    /// <summary>Changes when models may have started to share a trunk. Cheap to read.</summary>
    public int Version => _chains.Version;

    /// <summary>True if no model is stored.</summary>
    public bool IsEmpty => !Directory.EnumerateFiles(_layout.Graphs).Any();

    /// <summary>Creates a folder for <see cref="OptimizedModel.Create"/>.</summary>
    public string NewFolder() => _user.NewFolder();

    /// <summary>
    /// Opens the stored model, in parts if other models share its trunk. Returns null if the model has to be added
    /// (again).
    /// </summary>
    public LoadedSession? TryOpen(StoreKey key)
    {
        using var held = _sessions.Hold(key.Value);
        return TryRead(key, model =>
        {
            MakeKnown(model);
            var plan = _chains.Plan(ModelParts.Cuts(model));
            return plan.Count > 0 && _chains.TryOpen(model, plan) is { } chain ? chain : _sessions.Open(model);
        });
    }

    /// <summary>
    /// Opens a better session for a model in use: in other parts, because more models share its trunk than when it was
    /// opened. Returns null if no session is better.
    /// </summary>
    /// <param name="probe">Compares the parts with the whole.</param>
    /// <param name="report">Called once, with the reason, if the model can't be split in this way.</param>
    public async Task<LoadedSession?> ReopenAsync(StoreKey key, LoadedSession current, ModelProbe probe,
        Action<string> report, CancellationToken cancellationToken)
    {
        var plan = _chains.Plan(current.Cuts);
        if (plan.Select(ModelParts.Hex).SequenceEqual(current.Trunks.Select(trunk => trunk.Hash)))
        {
            return null;
        }

        using var held = _sessions.Hold(key.Value);
        if (plan.Count == 0 || TryRead(key, model => model) is not { } whole || _chains.HasFailed(whole, plan))
        {
            return null;
        }

        return _chains.TryOpen(whole, plan)
            ?? (await TrySplitAsync(whole, plan, probe, report, cancellationToken) ? _chains.TryOpen(whole, plan) : null);
    }

    /// <summary>
    /// Adds a model and opens it. Returns null if it cannot be stored, or if the stored model returns different scores.
    /// </summary>
    /// <param name="run">Memory that a run takes.</param>
    /// <param name="scores">The model's scores in the trial.</param>
    /// <param name="probe">Runs the model, to compare it and to find where it may be cut.</param>
    public async Task<LoadedSession?> AddAsync(StoreKey key, OptimizedModel model, RunMemory run,
        float[] scores, ModelProbe probe, CancellationToken cancellationToken) => model.Tensors is null
            ? null
            : await LockedAsync(() => TryOpen(key) ?? Add(key, model, run, scores, probe), cancellationToken);

    public void Dispose()
    {
        Pages.Dispose();
        _user.Dispose();
        _adding.Dispose();
    }

    private async Task<T> LockedAsync<T>(Func<T> act, CancellationToken cancellationToken)
    {
        await _adding.WaitAsync(cancellationToken);
        try
        {
            using var held = await StoreLock.TakeAsync(_layout.Lock, _time, cancellationToken);
            return act();
        }
        finally
        {
            _adding.Release();
        }
    }

    private LoadedSession? Add(StoreKey key, OptimizedModel model, RunMemory run, float[] scores,
        ModelProbe probe) => Write(folder =>
    {
        var stored = ModelWriter.Write(_layout, _index, key, model, folder);
        stored.RunFirstBytes = run.FirstImage;
        stored.RunFurtherBytes = run.FurtherImage;
        stored.Scores.AddRange(scores);
        return WriteGraph(stored, folder, session => probe.IsSame(session, scores),
            () => _chains.AddCuts(stored, key.Machine, probe));
    });

    /// <summary>Writes to the store, and then removes models if the store exceeds its cap. Requires the lock.</summary>
    private T Write<T>(Func<string, T> write)
    {
        _index.Refresh(always: false);
        if (!_swept)
        {
            _index.Remove(_index.Outdated(StoreUser.InUse(_layout)));
        }

        _swept = true;
        var folder = NewFolder();
        try
        {
            return write(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            KeepCap();
        }
    }

    private async Task<bool> TrySplitAsync(StoredModel whole, IReadOnlyList<CutPoint> plan, ModelProbe probe,
        Action<string> report, CancellationToken cancellationToken)
    {
        string? problem;
        try
        {
            problem = await LockedAsync(
                () => Write(folder => _chains.Split(whole, plan, folder, probe)), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = exception.Message;
        }
        catch (RunTimeoutException)
        {
            problem = "running its parts took too long";
        }
        catch (OnnxRuntimeException exception)
        {
            problem = RuntimeMessage.Of(exception);
        }

        if (problem is not null)
        {
            _chains.Fail(whole, plan);
            report(problem);
        }

        return problem is null;
    }

    /// <summary>
    /// Adds the model to an index that was lost, unless another thread or process is writing to the store.
    /// </summary>
    private void MakeKnown(StoredModel model)
    {
        if (!_chains.Knows(model))
        {
            using var held = StoreLock.TryTake(_layout.Lock);
            if (held is not null)
            {
                _chains.Register(model);
            }
        }
    }

    /// <summary>Opens a stored model. Returns null if it is missing or damaged.</summary>
    private T? TryRead<T>(StoreKey key, Func<StoredModel, T?> open)
        where T : class
    {
        var path = _layout.Graph(key.Value);
        try
        {
            if (StoredModelFile.Read(path) is not { } model)
            {
                return null;
            }

            var opened = open(model);
            _sessions.Touch(key.Value);
            return opened;
        }
        catch (DamagedException damaged)
        {
            Discard(path, damaged.DamagedPath, damaged.Message);
            return null;
        }
        catch (OnnxRuntimeException exception)
        {
            Discard(path, path, RuntimeMessage.Of(exception));
            return null;
        }
    }

    /// <summary>Opens the model to measure and compare it, and then writes its file.</summary>
    private LoadedSession? WriteGraph(StoredModel stored, string folder, Func<LoadedSession, bool> same,
        Action addCuts)
    {
        var session = _sessions.Measure(stored);
        try
        {
            if (!same(session))
            {
                session.Dispose();
                return null;
            }

            stored.PrivateBytes = session.PrivateBytes;
            addCuts();
            // Done before the model's own file is written, because the index may have more models than the store.
            _chains.Register(stored);
            StoredModelFile.Write(_layout.Graph(stored.Key), Path.Combine(folder, "graph"), stored);
            _index.Add(stored);
            return session.With(stored.PrivateBytes, ModelParts.Cuts(stored));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private void KeepCap()
    {
        if (_index.TotalBytes <= _capBytes)
        {
            return;
        }

        _index.Refresh(always: true);
        StoreUser.SweepDead(_layout);
        // A tenth below the cap, so the next models don't trigger another removal at once.
        var removed = Removal.Choose(
            _index.Uses(StoreUser.InUse(_layout)), _index.Packs(), _capBytes - (_capBytes / 10));
        _index.Remove(removed);
        if (removed.Count > 0)
        {
            _logger.LogInformation(
                "The tensor store exceeded Mme:Onnx:StoreMaxBytes. Least recently used models removed: {Count}",
                removed.Count);
        }
    }

    private void Discard(string graphPath, string damagedPath, string reason)
    {
        _logger.LogWarning("A stored model cannot be used and will be repaired from the artifact: {Reason}", reason);
        File.Delete(damagedPath);
        File.Delete(graphPath);
    }
}

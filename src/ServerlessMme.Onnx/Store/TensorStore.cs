using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Pages;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store.Proto;
using ServerlessMme.Onnx.Trunks;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// Models optimized for this machine, on disk: a small graph per model, and large tensors in packs. A pack holds the
/// tensors that a model was the first to add, so models with shared weights share packs, on disk and in memory. Files
/// are complete when they appear and never change; damaged ones are deleted and rebuilt from the artifact.
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

    /// <summary>Changes when models may have come to share a trunk. Cheap.</summary>
    public int Version => _chains.Version;

    /// <summary>True when no model is stored.</summary>
    public bool IsEmpty => !Directory.EnumerateFiles(_layout.Graphs).Any();

    /// <summary>A folder for <see cref="OptimizedModel.Create"/>.</summary>
    public string NewFolder() => _user.NewFolder();

    /// <summary>
    /// The stored model, ready to run: in parts where others share its trunk. Null when it has to be added (again).
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
    /// A better session for a model that is in use: in other parts, because more models share its trunk than when it
    /// was opened. Null when there is none.
    /// </summary>
    /// <param name="probe">Compares the parts with the whole.</param>
    /// <param name="report">Called once with the reason if the model stays whole.</param>
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
    /// Adds a model and opens it; null when it cannot be stored, or when the stored one scores differently.
    /// </summary>
    /// <param name="run">Memory that a run takes.</param>
    /// <param name="scores">Its answer in the trial.</param>
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

    /// <summary>Writes into the store, and then keeps it below its cap. Under the lock.</summary>
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

    /// <summary>Repairs an index that was lost, if nobody else is writing.</summary>
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

    /// <summary>Opens a stored model; null when it isn't there, or damaged.</summary>
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

    /// <summary>Opens the model, to measure and compare it, before it gets its final name.</summary>
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
            // Before the model's own file, because an index may have more models than the store.
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
                "The tensor store exceeded Mme:Onnx:StoreMaxBytes, so the least recently used models were removed "
                + "({Count})",
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

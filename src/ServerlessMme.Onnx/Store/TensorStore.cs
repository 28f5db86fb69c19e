using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Outline;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store.Proto;

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
    private readonly PackMaps _maps;
    private readonly StoreIndex _index;
    private readonly long _capBytes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _adding = new(1);
    private bool _swept;

    /// <param name="path">The store's folder, created if missing.</param>
    /// <param name="capBytes">Size on disk above which the least recently used models are removed.</param>
    /// <exception cref="IOException">The folder cannot be created or used.</exception>
    public TensorStore(string path, long capBytes, TimeProvider time, ILogger logger)
    {
        _layout = new StoreLayout(path);
        _capBytes = capBytes;
        _time = time;
        _logger = logger;
        _index = new StoreIndex(_layout);
        _maps = new PackMaps(_layout);
        using (var held = StoreLock.TryTake(_layout.Lock))
        {
            if (held is not null)
            {
                StoreUser.SweepDead(_layout);
            }
        }

        _user = new StoreUser(_layout);
    }

    /// <summary>True when no model is stored.</summary>
    public bool IsEmpty => !Directory.EnumerateFiles(_layout.Graphs).Any();

    /// <summary>A folder for <see cref="OptimisedModel.Create"/>.</summary>
    public string NewFolder() => _user.NewFolder();

    /// <summary>
    /// The stored model, ready to run; null when it has to be added (again), or when packed weights are requested and
    /// it has none.
    /// </summary>
    public LoadedSession? TryOpen(StoreKey key, bool packed = false)
    {
        var path = _layout.Graph(key.Value);
        _user.Enter(key.Value);
        var entered = true;
        try
        {
            if (StoredModelFile.Read(path) is not { } model || (packed && !model.HasPacked))
            {
                return null;
            }

            // From here on, Open or the end of the session ends the use.
            entered = false;
            var session = StoredSession.Open(_layout, _maps, model, packed, () => _user.Leave(key.Value));
            Touch(path);
            return session;
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
        finally
        {
            if (entered)
            {
                _user.Leave(key.Value);
            }
        }
    }

    /// <summary>
    /// Adds a model and opens it; null when it cannot be stored, or when the stored one is not <paramref name="same"/>.
    /// </summary>
    /// <param name="run">What a run takes.</param>
    public async Task<LoadedSession?> AddAsync(StoreKey key, OptimisedModel model, RunMemory run,
        Func<LoadedSession, bool> same, CancellationToken cancellationToken)
    {
        if (model.Tensors is null)
        {
            return null;
        }

        await _adding.WaitAsync(cancellationToken);
        try
        {
            using var held = await StoreLock.TakeAsync(_layout.Lock, _time, cancellationToken);
            return TryOpen(key) ?? Add(key, model, run, same);
        }
        finally
        {
            _adding.Release();
        }
    }

    public void Dispose()
    {
        _user.Dispose();
        _adding.Dispose();
    }

    private LoadedSession? Add(
        StoreKey key, OptimisedModel model, RunMemory run, Func<LoadedSession, bool> same)
    {
        _index.Refresh(always: false);
        if (!_swept)
        {
            _index.Remove([]);
        }

        _swept = true;
        var folder = NewFolder();
        try
        {
            var stored = WritePack(key, model, folder);
            stored.RunFirstBytes = run.FirstImage;
            stored.RunFurtherBytes = run.FurtherImage;
            return WriteGraph(stored, folder, same);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            KeepCap();
        }
    }

    /// <summary>Writes the tensors that no pack holds yet into one pack.</summary>
    private StoredModel WritePack(StoreKey key, OptimisedModel model, string folder)
    {
        var places = new Dictionary<ByteString, StoreIndex.Place>();
        var missing = new List<OptimisedModel.Tensor>();
        foreach (var tensor in model.Tensors!.DistinctBy(tensor => tensor.Sha256))
        {
            if (_index.Find(tensor.Sha256) is { } place)
            {
                places.Add(tensor.Sha256, place);
            }
            else
            {
                missing.Add(tensor);
            }
        }

        if (missing.Count > 0)
        {
            var (pack, offsets) = PackWriter.Write(_layout, Path.Combine(folder, "pack"), model.Values!,
                [.. missing.SelectMany(Parts)]);
            var next = new Queue<long>(offsets);
            foreach (var tensor in missing)
            {
                places.Add(tensor.Sha256, new StoreIndex.Place(pack, next.Dequeue(), [.. tensor.Packed.Select(packed =>
                    new PackedWeights
                    {
                        Name = packed.Name,
                        Offsets = { packed.Offsets.Select(_ => next.Dequeue()) },
                        Lengths = { packed.Lengths },
                    })]));
            }
        }

        var stored = new StoredModel { Key = key.Value, MadeFor = key.MadeFor, HasPacked = model.HasPacked };
        stored.Packs.AddRange(places.Values.Select(place => place.Pack).DistinctBy(pack => pack.Sha256));
        var numbers = stored.Packs.Select((pack, number) => (pack, number))
            .ToDictionary(each => each.pack.Sha256, each => each.number);
        foreach (var tensor in model.Tensors!)
        {
            stored.Tensors.Add(Entry(tensor, places[tensor.Sha256], numbers));
        }

        stored.Graph = model.Graph.ToByteString();
        return stored;
    }

    private static StoredTensor Entry(
        OptimisedModel.Tensor tensor, StoreIndex.Place place, Dictionary<ByteString, int> numbers)
    {
        var declaration = tensor.Declaration;
        declaration.ExternalData.Clear();
        declaration.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = StoreLayout.AnchorName });
        return new StoredTensor
        {
            Name = declaration.Name,
            DataType = declaration.DataType,
            Dims = { declaration.Dims },
            Sha256 = tensor.Sha256,
            Pack = numbers[place.Pack.Sha256],
            Offset = place.Offset,
            Length = tensor.Length,
            Packed = { place.Packed },
        };
    }

    /// <summary>The parts of the optimizer's file that go into a pack.</summary>
    private static IEnumerable<(long Offset, long Length)> Parts(OptimisedModel.Tensor tensor) =>
        tensor.Packed.SelectMany(packed => packed.Offsets.Zip(packed.Lengths)).Prepend((tensor.Offset, tensor.Length));

    /// <summary>Opens the model, to measure and compare it, before it gets its final name.</summary>
    private LoadedSession? WriteGraph(StoredModel stored, string folder, Func<LoadedSession, bool> same)
    {
        var session = Open(stored, packed: false);
        try
        {
            if (!same(session))
            {
                session.Dispose();
                return null;
            }

            stored.PrivateBytes = Math.Max(session.PrivateBytes, TryPacked(stored, same));
            StoredModelFile.Write(_layout.Graph(stored.Key), Path.Combine(folder, "graph"), stored);
            _index.Add(stored);
            return session.With(stored.PrivateBytes);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Records whether the model runs with packed weights; its private bytes if so, or 0.</summary>
    private long TryPacked(StoredModel stored, Func<LoadedSession, bool> same)
    {
        if (!stored.HasPacked)
        {
            return 0;
        }

        try
        {
            using var packed = Open(stored, packed: true);
            stored.HasPacked = same(packed);
            return packed.PrivateBytes;
        }
        catch (OnnxRuntimeException)
        {
            stored.HasPacked = false;
            return 0;
        }
    }

    private LoadedSession Open(StoredModel stored, bool packed)
    {
        _user.Enter(stored.Key);
        return SessionMemory.Measure(
            () => StoredSession.Open(_layout, _maps, stored, packed, () => _user.Leave(stored.Key)),
            stored.Graph.Length, stored.Tensors.Sum(tensor => tensor.Length));
    }

    private void KeepCap()
    {
        if (_index.TotalBytes() <= _capBytes)
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
            _logger.LogInformation("The tensor store was above its cap and let {Count} models go", removed.Count);
        }
    }

    /// <summary>Records the last use as the file's time, where other processes see it.</summary>
    private void Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
        }
        catch (FileNotFoundException)
        {
            // Removed meanwhile. Mapped files stay readable, and the next load adds the model again.
        }
    }

    private void Discard(string graphPath, string damagedPath, string reason)
    {
        _logger.LogWarning("The tensor store is repaired from the artifact: {Reason}", reason);
        File.Delete(damagedPath);
        File.Delete(graphPath);
    }
}

using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Onnx.Outline;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store.Proto;
using ServerlessMme.Onnx.Trunks;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// Splits stored models into chains of parts: the trunks that they share with other models, and the rest. The parts are
/// stored models, too. The file of the rest is written last, after the parts have returned the same scores as the whole
/// model, so a chain whose files all exist is safe to use. Thread-safe, but some methods require the store's lock.
/// </summary>
internal sealed class Chains(StoreLayout layout, StoredSessions sessions, StoreIndex index)
{
    private const string NameTaken = "a value in its graph already has the name of a cut point";

    private readonly TrunkIndex _branches = new(layout.Trunks);
    private readonly ConcurrentDictionary<string, bool> _failed = new();

    /// <summary>The trunks in memory.</summary>
    public TrunkSessions Trunks { get; } = new();

    /// <inheritdoc cref="TrunkIndex.Version"/>
    public int Version => _branches.Version;

    /// <summary>Chooses where to cut a model now. Empty if it runs as a whole.</summary>
    public IReadOnlyList<CutPoint> Plan(IReadOnlyList<CutPoint> cuts)
    {
        Refresh(cuts);
        return ChainPlan.Of(cuts, _branches.IsBranch);
    }

    /// <summary>Records where a new model may be cut. If this fails, the model always runs as a whole.</summary>
    /// <param name="machine">As in <see cref="StoreKey.Machine"/>.</param>
    public void AddCuts(StoredModel model, string machine, ModelProbe probe)
    {
        try
        {
            if (Network.Of(ModelProto.Parser.ParseFrom(model.Graph)) is not { NarrowValues.Count: > 0 } network)
            {
                return;
            }

            var measured = model.Clone();
            measured.Graph = CutPoints.WithShapes(network, out var outputs).ToByteString();
            using var session = sessions.Open(measured);
            if (probe.RunForSizes(session, outputs) is { } sizes)
            {
                var hashes = ValueHashes.Of(
                    network, machine, model.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Sha256));
                model.Content = ValueHashes.OfAll(network, hashes);
                model.Cuts.AddRange(CutPoints.Find(network, sizes, probe.InputBytes, hashes)
                    .Select(cut => new StoredCut { Value = cut.Value, Hash = cut.Hash, Work = cut.Work }));
            }
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or RunTimeoutException)
        {
            // It runs as a whole.
        }
    }

    /// <summary>
    /// Returns true if the index has the model, so other models can find the layers that they share with it.
    /// </summary>
    public bool Knows(StoredModel model)
    {
        var cuts = ModelParts.Cuts(model);
        Refresh(cuts);
        return _branches.Has(model.Content.Span, cuts);
    }

    /// <summary>
    /// Adds the model to the index. Requires the store's lock. If this fails, other models share nothing with it.
    /// </summary>
    public void Register(StoredModel model)
    {
        try
        {
            _branches.Add(model.Content.Span, ModelParts.Cuts(model));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Every process that opens the model tries again.
        }
    }

    /// <summary>Returns true if this process has failed to create the chain.</summary>
    public bool HasFailed(StoredModel whole, IReadOnlyList<CutPoint> plan) =>
        _failed.ContainsKey(ModelParts.RestKey(whole.Key, plan));

    public void Fail(StoredModel whole, IReadOnlyList<CutPoint> plan) =>
        _failed[ModelParts.RestKey(whole.Key, plan)] = true;

    /// <summary>Opens a chain. Returns null if a part of it isn't in the store or can't be opened.</summary>
    public LoadedSession? TryOpen(StoredModel whole, IReadOnlyList<CutPoint> plan)
    {
        var held = new List<IDisposable>();
        try
        {
            var key = ModelParts.RestKey(whole.Key, plan);
            held.Add(sessions.Hold(whole.Key));
            held.Add(sessions.Hold(key));
            if (StoredModelFile.Read(layout.Graph(key)) is not { } rest || !TryAcquire(plan, out var trunks))
            {
                return null;
            }

            held.AddRange(trunks);
            var opened = sessions.Open(rest);
            var chain = opened.Behind(trunks, [.. held], ModelParts.Cuts(whole));
            held.Clear();
            Touch(key, plan);
            return chain;
        }
        catch (DamagedException damaged)
        {
            File.Delete(damaged.DamagedPath);
            return null;
        }
        catch (OnnxRuntimeException)
        {
            File.Delete(layout.Graph(ModelParts.RestKey(whole.Key, plan)));
            return null;
        }
        finally
        {
            LoadedSession.DisposeInReverse(held);
        }
    }

    /// <summary>
    /// Cuts a model, and compares the scores of the parts with those of the whole. Requires the store's lock.
    /// </summary>
    /// <param name="folder">For temporary files.</param>
    /// <returns>The reason why the chain cannot be used; null if it can be opened now.</returns>
    /// <exception cref="OnnxRuntimeException">A part can't be opened or run.</exception>
    /// <exception cref="RunTimeoutException">A run takes too long.</exception>
    /// <exception cref="IOException">A part can't be written.</exception>
    public string? Split(StoredModel whole, IReadOnlyList<CutPoint> plan, string folder, ModelProbe probe)
    {
        if (Network.Of(ModelProto.Parser.ParseFrom(whole.Graph)) is not { } network)
        {
            return "its graph is not supported";
        }

        var trunks = new List<Trunk>();
        try
        {
            foreach (var cut in plan)
            {
                var from = trunks.Count == 0 ? null : plan[trunks.Count - 1];
                var type = TypeBehind(trunks);
                if ((TryAcquire(from, cut) ?? Write(whole, network, from, type, cut, folder)) is not { } trunk)
                {
                    return NameTaken;
                }

                trunks.Add(trunk);
            }

            return WriteRest(whole, network, plan, trunks, folder,
                chain => probe.IsSame(chain, whole.Scores));
        }
        finally
        {
            LoadedSession.DisposeInReverse(trunks);
        }
    }

    private void Touch(string key, IReadOnlyList<CutPoint> plan)
    {
        sessions.Touch(key);
        for (var i = 0; i < plan.Count; i++)
        {
            sessions.Touch(ModelParts.TrunkKey(i == 0 ? null : plan[i - 1], plan[i]));
        }
    }

    private void Refresh(IReadOnlyList<CutPoint> cuts)
    {
        if (cuts.Count == 0)
        {
            return;
        }

        try
        {
            _branches.Refresh();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Models then share less.
        }
    }

    private static int TypeBehind(List<Trunk> trunks) => trunks is [.., var last]
        ? (int)last.Session.OutputMetadata[last.Session.OutputNames[0]].ElementDataType
        : 0;

    private bool TryAcquire(IReadOnlyList<CutPoint> plan, out List<Trunk> trunks)
    {
        trunks = [];
        try
        {
            foreach (var cut in plan)
            {
                if (TryAcquire(trunks.Count == 0 ? null : plan[trunks.Count - 1], cut) is not { } trunk)
                {
                    break;
                }

                trunks.Add(trunk);
            }
        }
        finally
        {
            if (trunks.Count < plan.Count)
            {
                LoadedSession.DisposeInReverse(trunks);
            }
        }

        return trunks.Count == plan.Count;
    }

    /// <summary>
    /// Opens the trunk between two places. Returns null if the store doesn't have it, or it can't be used.
    /// </summary>
    private Trunk? TryAcquire(CutPoint? from, CutPoint to)
    {
        var key = ModelParts.TrunkKey(from, to);
        return Trunks.Acquire(key, ModelParts.Hex(to), () => TryOpenTrunk(key));
    }

    private LoadedSession? TryOpenTrunk(string key)
    {
        using var held = sessions.Hold(key);
        var path = layout.Graph(key);
        try
        {
            return StoredModelFile.Read(path) is { } trunk ? sessions.Open(trunk) : null;
        }
        catch (DamagedException damaged)
        {
            File.Delete(damaged.DamagedPath);
        }
        catch (OnnxRuntimeException)
        {
            File.Delete(path);
        }

        return null;
    }

    private Trunk? Write(
        StoredModel whole, Network network, CutPoint? from, int type, CutPoint to, string folder)
    {
        var begin = from is null ? null : ModelParts.End(from);
        if (GraphPart.Of(network, begin, type, ModelParts.End(to)) is not { } graph)
        {
            return null;
        }

        var trunk = ModelParts.Create(
            whole, graph, ModelParts.TrunkKey(from, to), $"trunk {ModelParts.Hex(to)}");
        using (var session = sessions.Measure(trunk))
        {
            trunk.PrivateBytes = session.PrivateBytes;
        }

        Write(trunk, folder);
        return TryAcquire(from, to);
    }

    private string? WriteRest(StoredModel whole, Network network, IReadOnlyList<CutPoint> plan, List<Trunk> trunks,
        string folder, Func<LoadedSession, bool> same)
    {
        if (GraphPart.Of(network, ModelParts.End(plan[^1]), TypeBehind(trunks), to: null) is not { } graph)
        {
            return NameTaken;
        }

        var rest = ModelParts.Create(
            whole, graph, ModelParts.RestKey(whole.Key, plan), $"rest after trunk {ModelParts.Hex(plan[^1])}");
        using (var session = sessions.Measure(rest).Behind(trunks, [], []))
        {
            if (!same(session))
            {
                return "the split model's scores differ from those of the whole model";
            }

            rest.PrivateBytes = session.PrivateBytes;
        }

        Write(rest, folder);
        return null;
    }

    private void Write(StoredModel part, string folder)
    {
        StoredModelFile.Write(layout.Graph(part.Key), Path.Combine(folder, part.Key), part);
        index.Add(part);
    }
}

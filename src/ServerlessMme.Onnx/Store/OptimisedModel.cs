using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Outline;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store.Proto;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// A model as ONNX Runtime optimised it for this machine, on disk: its graph, and apart from it the values of its
/// tensors of 1 KiB or more.
/// </summary>
internal sealed class OptimisedModel : IDisposable
{
    /// <summary>Smaller tensors stay in the graph.</summary>
    private const int MinTensorBytes = 1024;

    private const string GraphName = "model.onnx";
    private const string ValuesName = "tensors.bin";
    private readonly string _folder;

    private OptimisedModel(string folder) => _folder = folder;

    /// <summary>The graph; its large tensors are external and have no valid place yet.</summary>
    public ModelProto Graph { get; private set; } = new();

    /// <summary>The large tensors, in the graph's order; null when one is where it cannot be handed over.</summary>
    public IReadOnlyList<Tensor>? Tensors { get; private set; }

    /// <summary>True when tensors come with packed weights that are worth using.</summary>
    public bool HasPacked { get; private set; }

    /// <summary>True when each session may pack the weights itself.</summary>
    public bool PacksLittle { get; private set; }

    /// <summary>The large tensors' values; null when there are none.</summary>
    public MappedFile? Values { get; private set; }

    /// <summary>
    /// One tensor: its declaration in the graph, its values' place, the same packed, and the hash of them all.
    /// </summary>
    public sealed record Tensor(TensorProto Declaration, long Offset, long Length,
        IReadOnlyList<PackedWeights> Packed, ByteString Sha256);

    /// <summary>Optimises a model and writes the result into an empty folder.</summary>
    /// <returns>The session that optimised it, with tensors of its own.</returns>
    /// <exception cref="LoadTimeoutException">It took too long.</exception>
    /// <exception cref="OnnxRuntimeException">The model cannot be loaded, or the result not be written.</exception>
    public static InferenceSession Create(string onnxPath, string folder, SessionOpening opening)
    {
        using var settings = SessionSettings.Create(GraphOptimizationLevel.ORT_ENABLE_ALL, prePack: true);
        settings.OptimizedModelFilePath = Path.Combine(folder, GraphName);
        settings.AddSessionConfigEntry("session.optimized_model_external_initializers_file_name", ValuesName);
        settings.AddSessionConfigEntry(
            "session.optimized_model_external_initializers_min_size_in_bytes", $"{MinTensorBytes}");
        settings.AddSessionConfigEntry("session.save_external_prepacked_constant_initializers", "1");
        return opening.Open(onnxPath, settings);
    }

    /// <summary>Reads what <see cref="Create"/> wrote. The folder stays the caller's.</summary>
    public static OptimisedModel Read(string folder)
    {
        var model = new OptimisedModel(folder);
        try
        {
            model.Read();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public void Dispose() => Values?.Dispose();

    private void Read()
    {
        using (var file = File.OpenRead(Path.Combine(_folder, GraphName)))
        {
            Graph = ModelProto.Parser.ParseFrom(file);
        }

        var external = ExternalData.In(Graph).ToList();
        var initializers = Graph.Graph.Initializer.Intersect(external, ReferenceEqualityComparer.Instance).Count();
        if (initializers != external.Count || !external.TrueForAll(IsPlain))
        {
            return;
        }

        var values = Path.Combine(_folder, ValuesName);
        if (external.Count > 0)
        {
            Values = new MappedFile(values, new FileInfo(values).Length);
        }

        var packed = external.ConvertAll(tensor => PackedTensors.Of(tensor).ToList());
        HasPacked = PackedTensors.AreWorthIt([.. packed.SelectMany(each => each)]);
        PacksLittle = PackedTensors.AreLittle([.. packed.SelectMany(each => each)]);
        Tensors = [.. external.Zip(packed, (tensor, all) =>
            Locate(tensor, HasPacked ? all.FindAll(PackedTensors.IsLarge) : []))];
    }

    private Tensor Locate(TensorProto declaration, IReadOnlyList<PackedWeights> packed)
    {
        var offset = Entry("offset");
        var length = Entry("length");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(offset, length);
        foreach (var each in packed)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(each.Name));
            foreach (var (start, bytes) in each.Offsets.Zip(each.Lengths))
            {
                Append(start, bytes);
            }
        }

        return new Tensor(declaration, offset, length, packed, ByteString.CopyFrom(hash.GetHashAndReset()));

        void Append(long start, long bytes)
        {
            for (var done = 0L; done < bytes;)
            {
                var part = Values!.Part(start + done, bytes - done);
                hash.AppendData(part);
                done += part.Length;
            }
        }

        long Entry(string key) => declaration.ExternalData
            .Where(entry => entry.Key == key)
            .Select(entry => long.Parse(entry.Value, System.Globalization.CultureInfo.InvariantCulture))
            .FirstOrDefault();
    }

    /// <summary>Numbers of whole bytes, which lie in memory as they lie in the file.</summary>
    private static bool IsPlain(TensorProto tensor) => (TensorElementType)tensor.DataType is TensorElementType.Float
        or TensorElementType.Double or TensorElementType.Float16 or TensorElementType.BFloat16
        or TensorElementType.Int8 or TensorElementType.Int16 or TensorElementType.Int32 or TensorElementType.Int64
        or TensorElementType.UInt8 or TensorElementType.UInt16 or TensorElementType.UInt32
        or TensorElementType.UInt64 or TensorElementType.Bool;
}

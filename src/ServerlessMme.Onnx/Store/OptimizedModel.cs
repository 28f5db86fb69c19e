using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Outline;
using ServerlessMme.Onnx.Sessions;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// A model that ONNX Runtime has optimized for this machine, on disk: its graph, and separately the values of its
/// tensors of 1 KiB or more.
/// </summary>
internal sealed class OptimizedModel : IDisposable
{
    /// <summary>Smaller tensors stay in the graph.</summary>
    private const int MinTensorBytes = 1024;

    private const string GraphName = "model.onnx";
    private const string ValuesName = "tensors.bin";
    private const string RewrittenName = "rewritten.onnx";
    private const string MadeName = "rewritten.bin";
    private const string DenseGraphName = "dense.onnx";
    private const string DenseValuesName = "dense.bin";
    private readonly string _folder;

    private OptimizedModel(string folder) => _folder = folder;

    /// <summary>The graph. Its large tensors are external, and their locations aren't valid yet.</summary>
    public ModelProto Graph { get; private set; } = new();

    /// <summary>The large tensors, in the graph's order; null if one of them can't be passed to a session.</summary>
    public IReadOnlyList<Tensor>? Tensors { get; private set; }

    /// <summary>True if each session may reorder the weights of dense layers itself.</summary>
    public bool ReordersLittle { get; private set; }

    /// <summary>The large tensors' values; null if there are none.</summary>
    public MappedFile? Values { get; private set; }

    /// <summary>A tensor: its declaration in the graph, the location of its values, and their hash.</summary>
    public sealed record Tensor(TensorProto Declaration, long Offset, long Length, ByteString Sha256);

    /// <summary>Optimizes a model and writes the result into an empty folder.</summary>
    /// <returns>The session that optimized the model. It has its own copy of the tensors.</returns>
    /// <exception cref="LoadTimeoutException">Opening the model took too long.</exception>
    /// <exception cref="OnnxRuntimeException">The model cannot be loaded, or the result cannot be written.</exception>
    public static InferenceSession Create(string onnxPath, string folder, SessionOpening opening)
    {
        using var settings = Settings(folder, GraphName, ValuesName, prePack: true);
        settings.AddSessionConfigEntry("session.save_external_prepacked_constant_initializers", "1");
        return opening.Open(onnxPath, settings);
    }

    /// <summary>
    /// Rewrites the large dense layers of the model that <see cref="Create"/> wrote. Returns false if there are none,
    /// or if this isn't x64, because ONNX Runtime reorders convolutions only there.
    /// </summary>
    /// <exception cref="IOException">The folder can't be written.</exception>
    public static bool RewriteDense(string folder)
    {
        var values = Path.Combine(folder, ValuesName);
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64
            || new FileInfo(values) is not { Exists: true, Length: > 0 })
        {
            return false;
        }

        var model = ReadGraph(Path.Combine(folder, GraphName));
        using (var file = new TensorFile(values, Path.Combine(folder, MadeName)))
        {
            if (!DenseLayers.Rewrite(model, file))
            {
                return false;
            }
        }

        using var graph = File.Create(Path.Combine(folder, RewrittenName));
        model.WriteTo(graph);
        return true;
    }

    /// <summary>
    /// Optimizes the model that <see cref="RewriteDense"/> wrote. <see cref="Read(string)"/> then reads the result.
    /// </summary>
    /// <inheritdoc cref="Create"/>
    public static InferenceSession CreateRewritten(string folder, SessionOpening opening)
    {
        using var settings = Settings(folder, DenseGraphName, DenseValuesName, prePack: false);
        return opening.Open(Path.Combine(folder, RewrittenName), settings);
    }

    /// <summary>
    /// Deletes the rewritten model, so <see cref="Read(string)"/> reads the one that <see cref="Create"/> wrote.
    /// </summary>
    public static void DropRewritten(string folder) => File.Delete(Path.Combine(folder, DenseGraphName));

    /// <summary>
    /// Reads the model that was written last. The caller must keep the folder until the result is disposed.
    /// </summary>
    public static OptimizedModel Read(string folder)
    {
        var model = new OptimizedModel(folder);
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
        var dense = Path.Combine(_folder, DenseGraphName);
        var isRewritten = File.Exists(dense);
        Graph = ReadGraph(isRewritten ? dense : Path.Combine(_folder, GraphName));
        var external = ExternalData.In(Graph).ToList();
        var initializers = Graph.Graph.Initializer.Intersect(external, ReferenceEqualityComparer.Instance).Count();
        if (initializers != external.Count || !external.TrueForAll(IsPlain))
        {
            return;
        }

        if (external.Count > 0)
        {
            var values = Path.Combine(_folder, isRewritten ? DenseValuesName : ValuesName);
            Values = new MappedFile(values, new FileInfo(values).Length);
        }

        ReordersLittle = !isRewritten && SmallWeights.AreAll(external);
        Tensors = external.ConvertAll(Locate);
    }

    private Tensor Locate(TensorProto declaration)
    {
        var offset = ExternalData.Offset(declaration);
        var length = ExternalData.Length(declaration);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var done = 0L; done < length;)
        {
            var part = Values!.Part(offset + done, length - done);
            hash.AppendData(part);
            done += part.Length;
        }

        return new Tensor(declaration, offset, length, ByteString.CopyFrom(hash.GetHashAndReset()));
    }

    private static ModelProto ReadGraph(string path)
    {
        using var file = File.OpenRead(path);
        return ModelProto.Parser.ParseFrom(file);
    }

    private static SessionOptions Settings(string folder, string graph, string values, bool prePack)
    {
        var settings = SessionSettings.Create(GraphOptimizationLevel.ORT_ENABLE_ALL, prePack);
        settings.OptimizedModelFilePath = Path.Combine(folder, graph);
        settings.AddSessionConfigEntry("session.optimized_model_external_initializers_file_name", values);
        settings.AddSessionConfigEntry(
            "session.optimized_model_external_initializers_min_size_in_bytes", $"{MinTensorBytes}");
        return settings;
    }

    /// <summary>
    /// Returns true if the tensor's numbers are whole bytes, which have the same format in memory and in the file.
    /// </summary>
    private static bool IsPlain(TensorProto tensor) => (TensorElementType)tensor.DataType is TensorElementType.Float
        or TensorElementType.Double or TensorElementType.Float16 or TensorElementType.BFloat16
        or TensorElementType.Int8 or TensorElementType.Int16 or TensorElementType.Int32 or TensorElementType.Int64
        or TensorElementType.UInt8 or TensorElementType.UInt16 or TensorElementType.UInt32
        or TensorElementType.UInt64 or TensorElementType.Bool;
}

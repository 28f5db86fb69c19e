using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Onnx;

/// <summary>Settings for running ONNX models. The defaults suit many small models on few cores.</summary>
public sealed class OnnxOptions
{
    /// <summary>
    /// Threads that one run may use, from a pool shared by all models. Default: 1, the caller's own thread. Classifying
    /// several images in parallel uses the cores better than splitting the operators of one small model. Applies to the
    /// whole process.
    /// </summary>
    [Range(1, 256)]
    public int IntraOpThreads { get; set; } = 1;

    /// <summary>Maximum number of images in one run of a model whose first dimension is dynamic. Default: 16.</summary>
    [Range(1, 1024)]
    public int MaxBatch { get; set; } = 16;

    /// <summary>
    /// Maximum time for one run. A run that takes longer is stopped, and its images are refused. If a model's first run
    /// takes longer, the model is refused. Default: 30 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan RunTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Maximum size of model.onnx, in bytes. Default: 1 GiB. The ONNX format itself allows at most 2 GiB.
    /// </summary>
    [Range(1, int.MaxValue)]
    public long MaxModelBytes { get; set; } = 1L << 30;

    /// <summary>
    /// Folder of the tensor store, on a local disk. Processes on one machine can share it. Default: <c>tensors</c> in
    /// <c>Mme:Artifacts:Folder</c>, which the host sets. If null, there is no store: every load optimizes the model
    /// again and keeps its tensors in private memory.
    /// </summary>
    public string? StorePath { get; set; }

    /// <summary>
    /// Maximum size of the tensor store, in bytes. Above it, the least recently used models are removed, unless they
    /// are in use or share tensors with a model in use. Default: 20 GiB.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long StoreMaxBytes { get; set; } = 20L << 30;
}

using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Onnx;

/// <summary>How ONNX models are run. The defaults suit many small models on few cores.</summary>
public sealed class OnnxOptions
{
    /// <summary>
    /// Threads that one run may use, from a pool shared by all models. The default is 1, the caller's own: images are
    /// classified side by side, which uses the cores better than splitting one small model's operators does.
    /// One value per process.
    /// </summary>
    [Range(1, 256)]
    public int IntraOpThreads { get; set; } = 1;

    /// <summary>Images in one run of a model whose first dimension is free. Default 16.</summary>
    [Range(1, 1024)]
    public int MaxBatch { get; set; } = 16;

    /// <summary>
    /// Longest time for one run. A run that takes longer is stopped, and its images are refused; a model whose first run
    /// takes longer is refused. Default: 30 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan RunTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Maximum size of model.onnx. Default 1 GiB; an ONNX file ends at 2 GiB.</summary>
    [Range(1, int.MaxValue)]
    public long MaxModelBytes { get; set; } = 1L << 30;

    /// <summary>
    /// Folder of the tensor store on a local disk, which processes on one machine may share. Default: <c>tensors</c> in
    /// <c>Mme:Artifacts:Folder</c>, which the host fills in. Null, outside a host, keeps no store: every load optimizes
    /// the model again and holds its tensors in private memory.
    /// </summary>
    public string? StorePath { get; set; }

    /// <summary>
    /// Size of the tensor store above which the least recently used models are removed, unless they are in use or
    /// share their tensors with one that is. Default 20 GiB.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long StoreMaxBytes { get; set; } = 20L << 30;
}

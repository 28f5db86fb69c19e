using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Models.Artifacts;

/// <summary>How large an artifact may be, packed and unpacked, and where it is unpacked to.</summary>
public sealed class ArtifactOptions
{
    /// <summary>
    /// Folder on a local disk for unpacked artifacts. Default: <c>serverless-mme</c> in the user's folder for local
    /// data, which other users cannot write to; in the folder for temporary files where a user has none.
    /// </summary>
    [Required]
    public string Folder { get; set; } = Path.Combine(LocalData(), "serverless-mme");

    /// <summary>Bytes of the largest artifact. Default: 2 GiB.</summary>
    [Range(1, long.MaxValue)]
    public long MaxBytes { get; set; } = 2L << 30;

    /// <summary>Bytes that an artifact may unpack to. Default: 4 GiB.</summary>
    [Range(1, long.MaxValue)]
    public long MaxUnpackedBytes { get; set; } = 4L << 30;

    /// <summary>
    /// Bytes of all unpacked artifacts above which those used longest ago are removed. Default: 20 GiB.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long MaxFolderBytes { get; set; } = 20L << 30;

    // Not made here: where the setting names another folder, the user's may well be on a disk that cannot be written.
    private static string LocalData() =>
        Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)
            is { Length: > 0 } folder ? folder : Path.GetTempPath();
}

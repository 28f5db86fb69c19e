using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OnnxRuntime;

namespace ServerlessMme.Onnx.Store;

/// <summary>The key of a stored model, made from everything that its bytes depend on.</summary>
/// <param name="Value">64 hexadecimal digits.</param>
/// <param name="MadeFor">The facts that the key is made from, as text.</param>
/// <param name="Machine">The part of <paramref name="MadeFor"/> that is the same for all models on a machine.</param>
internal sealed record StoreKey(string Value, string MadeFor, string Machine)
{
    /// <summary>Increased whenever the meaning of the store's files changes.</summary>
    private const int Format = 6;

    private static readonly string CurrentFormat = $"format {Format}";

    private static readonly Lazy<string> ThisMachine = new(() =>
        $"onnxruntime {OrtEnv.Instance().GetVersionString()}, all optimisations, {Processor()}, {CurrentFormat}");

    /// <summary>
    /// Returns true if the model is in the format of another version of this program. The format is part of the key, so
    /// this version never opens the model, but an older version may still use it.
    /// </summary>
    public static bool IsOutdated(string madeFor) => !madeFor.EndsWith(CurrentFormat, StringComparison.Ordinal);

    public static StoreKey Of(string artifactDigest) => Of(artifactDigest, ThisMachine.Value);

    internal static StoreKey Of(string artifactDigest, string machine)
    {
        var madeFor = $"{artifactDigest}, {machine}";
        var value = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(madeFor)));
        return new StoreKey(value, madeFor, machine);
    }

    /// <summary>
    /// Returns the processor's instruction sets. Optimized graphs hold weights in the order that the widest ones need.
    /// </summary>
    private static string Processor()
    {
        (string Name, bool Has)[] sets =
        [
            ("sse4.1", Sse41.IsSupported), ("avx", Avx.IsSupported), ("avx2", Avx2.IsSupported),
            ("fma", Fma.IsSupported), ("avx512f", Avx512F.IsSupported), ("avx512bw", Avx512BW.IsSupported),
            ("avxvnni", AvxVnni.IsSupported), ("advsimd", AdvSimd.IsSupported), ("dp", Dp.IsSupported),
        ];
        var names = sets.Where(set => set.Has).Select(set => set.Name);
        return $"{RuntimeInformation.ProcessArchitecture} {string.Join("+", names)}";
    }
}

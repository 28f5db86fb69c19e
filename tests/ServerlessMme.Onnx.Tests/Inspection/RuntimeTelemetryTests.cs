using System.Runtime.InteropServices;
using ServerlessMme.Onnx.Inspection;

namespace ServerlessMme.Onnx.Tests.Inspection;

public sealed partial class RuntimeTelemetryTests
{
    [Fact]
    public void Native_library_sees_that_telemetry_is_off()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has one set of variables.");

        RuntimeTelemetry.Disable();

        Assert.Equal("1", Marshal.PtrToStringUTF8(Get("ORT_DISABLE_TELEMETRY")));
        Assert.Equal("1", Environment.GetEnvironmentVariable("ORT_DISABLE_TELEMETRY"));
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Get(string name);
}

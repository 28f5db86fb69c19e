namespace ServerlessMme.Imaging.Jpeg;

/// <summary>A channel of the image, with the numbers of its tables.</summary>
internal readonly record struct JpegComponent(byte Id, int Across, int Down, int Quantizer, int Dc, int Ac);

/// <summary>A channel's tables. Quantizers are stored by rows.</summary>
internal readonly record struct Coding(HuffmanTable Dc, HuffmanTable Ac, short[] Quantizers);
